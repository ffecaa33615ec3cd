import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Group } from '../../shared/schemas/group.ts'
import type { Resource, ResourcePhotoLink } from '../../shared/schemas/resource.ts'
import type { User } from '../../shared/schemas/user.ts'

setDefaultTimeout(90_000)

const place = 'GPS 52.5 N 13.4 E'

describeInBrowser('the photo of a room', (stage) => {
  let ofAdmin: Requester
  let room: Resource
  const read = async <T>(path: string, body?: object, method?: string) => {
    const answer = await ofAdmin(path, body, method)
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as T
  }

  beforeAll(async () => {
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    await read('/api/resource_types', { name: 'Studio' })
    room = await read('/api/resources', { resource_type: 'Studio', name: 'Attic' })
    await read('/api/resources', { resource_type: 'Studio', name: 'Bunker' })
    const rights = [
      { group: await addManager('ben'), may: 'manage' },
      { group: null, may: 'book' },
    ]
    await read('/api/policies', { resource_id: room.id, rules: { rights } })
  })

  async function addManager(name: string): Promise<string> {
    const { id } = await read<Group>('/api/groups', { name: 'Caretakers' })
    const [{ id: user } = { id: '' }] = await read<User[]>(`/api/users?q=${name}`)
    await ofAdmin(`/api/groups/${id}/members/${user}`, {}, 'PUT')
    return id
  }

  const look = async (page: Page, part: string) => {
    const shot = process.env['SHOTS']
    if (shot) await page.screenshot({ path: `${shot}/${part}.png` })
    expect([part, await findViolations(page)]).toEqual([part, []])
  }
  const isThere = (page: Page) =>
    page.waitForFunction(() => {
      const image = document.querySelector<HTMLImageElement>('img.photo')
      return image?.complete && image.naturalWidth > 0
    })

  it('is set by a manager, small, without its location, and not among their files', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    await page.goto(`/bookings/studios/${room.id}`)
    await page.getByRole('button', { name: 'Photo', exact: true }).click()
    const buffer = toPlaced(Buffer.from(await page.evaluate(drawRoom), 'base64'))
    expect(buffer.includes(place)).toBe(true)
    const file = { name: 'Attic.jpg', mimeType: 'image/jpeg', buffer }
    await page.getByLabel('Choose or take a photo').setInputFiles(file)
    await look(page, 'dialog')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('img', { name: 'Attic' }).waitFor()
    await isThere(page)
    await look(page, 'page')
    await page.goto('/files')
    await page.getByText('Nothing here yet').or(page.getByRole('heading')).first().waitFor()
    expect(await page.getByText('Attic.jpg').count()).toBe(0)
    const [link] = await read<ResourcePhotoLink[]>(`/api/resources/photos?ids=${room.id}`)
    const bytes = Buffer.from(await (await fetch(stage.url + link?.url)).arrayBuffer())
    expect(bytes.includes(place)).toBe(false)
    expect(bytes.length).toBeLessThan(100_000)
    expect(await read<FileRecord[]>('/api/files?q=Attic')).toEqual([])
    expect(errors).toEqual([])
  })

  it('can only be set by managers, and is shown to others', async () => {
    const { page } = await stage.visit({ colorScheme: 'dark' })
    await signIn(page, 'anna', samplePassword)
    await page.goto(`/bookings/studios/${room.id}`)
    await isThere(page)
    expect(await page.getByRole('button', { name: 'Photo', exact: true }).count()).toBe(0)
    await look(page, 'page-dark')
  })

  it('is beside the name when booking on a phone, without layout shift', async () => {
    const { page } = await stage.visit({ ...phone, serviceWorkers: 'block' })
    await comeIn(page, 'anna')
    const links = Promise.withResolvers<void>()
    await page.route('**/api/resources/photos?*', async (route) => {
      await links.promise
      await route.continue()
    })
    await page.goto('/book/new')
    await page.getByRole('button', { name: 'What is free?' }).tap()
    await page.getByRole('button', { name: 'Studio' }).tap()
    const bunker = page.getByRole('button', { name: /Bunker/ })
    const before = await bunker.boundingBox()
    links.resolve()
    await isThere(page)
    expect(await bunker.boundingBox()).toEqual(before)
    // Only those with a photo.
    expect(await page.locator('img.photo').count()).toBe(1)
    await look(page, 'choose-phone')
    await page.getByRole('button', { name: /Attic/ }).click()
    await page.getByRole('img', { name: 'Attic' }).waitFor()
    await isThere(page)
    await look(page, 'booked-phone')
  })

  it('is on the page of its code, until it is removed', async () => {
    const svg = await (await ofAdmin(`/api/qr_codes/${room.id}`)).text()
    const code = />([0-9A-Z]{5}-[0-9A-Z]{5})</.exec(svg)?.[1]
    const { page } = await stage.visit(phone)
    await signIn(page, 'admin', adminPassword)
    await page.goto(`/r/${code}`)
    await isThere(page)
    await look(page, 'code-phone')
    await page.goto(`/bookings/studios/${room.id}`)
    await page.getByRole('button', { name: 'Photo', exact: true }).click()
    await page.getByRole('button', { name: 'Remove the photo' }).click()
    await page.getByRole('img', { name: 'Attic' }).waitFor({ state: 'detached' })
    expect((await read<Resource>(`/api/resources/${room.id}`)).photo).toBeNull()
  })
})

/** A camera's location, in a segment after the first two bytes (EXIF). */
function toPlaced(jpeg: Buffer): Buffer {
  const text = Buffer.from(`Exif\0\0${place}`)
  const head = Buffer.from([0xff, 0xe1, 0, text.length + 2])
  return Buffer.concat([jpeg.subarray(0, 2), head, text, jpeg.subarray(2)])
}

/** Runs in the page: a large JPEG, as Base64. */
async function drawRoom(): Promise<string> {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: 2400, height: 1800 })
  const drawing = canvas.getContext('2d')
  if (!drawing) return ''
  for (let at = 0; at < 400; at++) {
    drawing.fillStyle = `hsl(${(at * 47) % 360} 60% 60%)`
    drawing.fillRect((at * 613) % 2400, (at * 389) % 1800, 300, 200)
  }
  return canvas.toDataURL('image/jpeg', 0.95).split(',')[1] ?? ''
}
