import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'

setDefaultTimeout(90_000)

const hour_ms = 3_600_000
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

async function read<T>(response: Promise<Response>): Promise<T> {
  const answer = await response
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as T
}

const book = (of: Requester, { id }: Resource, [hours, title]: [hours: number, title: string]) =>
  read<Booking>(
    of('/api/bookings', {
      items: [{ resource_id: id }],
      title,
      from: new Date().toISOString(),
      to: new Date(Date.now() + hours * hour_ms).toISOString(),
    }),
  )

describeInBrowser('the page of one car', (stage) => {
  let car: Resource
  let ofAdmin: Requester
  let admin: Visitor
  const path = () => `/bookings/cars/${car.id}`

  beforeAll(async () => {
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    const ofAnna = await logIn(stage.url, 'anna', samplePassword)
    const ofBen = await logIn(stage.url, 'ben', samplePassword)
    const named = { name: 'Pool car', note: 'Keys at the desk' }
    car = await read<Resource>(ofAdmin('/api/cars', named))
    const rules = { maximum_duration: 'PT8H', approval: { when: 'never' } }
    await read(ofAdmin('/api/policies', { resource_id: car.id, rules }))
    const trip = await book(ofAnna, car, [2, 'Site visit'])
    const form = new FormData()
    form.append('upfile', new File([Buffer.from(pixel, 'base64')], 'dent.png'))
    const { access_token } = await read<{ access_token: string }>(
      ofAnna('/api/login', { username: 'anna', password: samplePassword }),
    )
    const headers = { authorization: `Bearer ${access_token}` }
    const sent = fetch(`${stage.url}/api/files`, { method: 'POST', headers, body: form })
    const { file_hash } = await read<{ file_hash: string }>(sent)
    const out = { odometer: 48_210, fuel: 80, condition: 'good' }
    await read(ofAnna(`/api/bookings/${trip.id}/check_out`, { items: [out] }))
    const back = { odometer: 48_390, fuel: 55, condition: 'damaged', note: 'A dent at the left' }
    await read(
      ofAnna(`/api/bookings/${trip.id}/return`, { items: [{ ...back, files: [file_hash] }] }),
    )
    const next = await book(ofBen, car, [3, 'Delivery'])
    const taken = { odometer: 48_390 }
    await read(ofBen(`/api/bookings/${next.id}/check_out`, { items: [taken] }))
    admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
    await admin.page.goto(path())
  })

  it('shows who has it, its rules, and its records', async () => {
    const { page } = admin
    await page.getByText(/^Ben .* has had it since .*It is due back/).waitFor()
    await page.getByText('At most 8 hours').waitFor()
    const log = page.locator('section').filter({ hasText: 'Odometer and damage' }).locator('li')
    await log.first().waitFor()
    const rows = await log.allInnerTexts()
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/Ben[^]*Odometer: 48,390 → –/)
    expect(rows[1]).toMatch(/Anna Berg[^]*48,210 → 48,390; Fuel: 80 % → 55 %[^]*dent[^]*damaged/)
    await page.getByRole('button', { name: 'Photos' }).click()
    const photo = page.getByRole('img', { name: 'Photo 1' })
    await photo.waitFor()
    await page.waitForFunction(() => document.querySelector('img')?.naturalWidth === 1)
    await page.getByLabel('Only those returned damaged').check()
    await page.waitForFunction(() => !document.body.textContent?.includes('48,390 → –'))
    // The current user is still known.
    expect(await page.getByText(/^Ben .* has had it since/).count()).toBe(1)
    expect(await findViolations(page)).toEqual([])
  })

  it('shows bookings as of a moment', async () => {
    const { page } = admin
    await page.getByLabel('As of').fill('2020-01-01T00:00')
    await page.getByText(/history begins later/).waitFor()
    const now = await page.evaluate(() => {
      const at = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000)
      return at.toISOString().slice(0, 19)
    })
    await page.getByLabel('As of').fill(now)
    const then = page.locator('section').filter({ hasText: 'As it was' }).locator('li')
    await then.filter({ hasText: 'Ben' }).waitFor()
  })

  it('provides a calendar feed of its bookings', async () => {
    const { page } = admin
    await page.getByRole('button', { name: 'Calendar feed' }).click()
    await page.getByRole('button', { name: 'Create an address' }).click()
    const link = await page.getByRole('dialog').getByLabel('Link').inputValue()
    const feed = await fetch(link)
    expect(await feed.text()).toContain('Delivery')
    await page.keyboard.press('Escape')
    expect(admin.errors).toEqual(['422 GET /api/allocations'])
  })

  it('shows members no more than they may see, in German on a phone', async () => {
    const { page, errors } = await stage.visit({ ...phone, locale: 'de-DE' })
    await page.goto('/sign-in')
    await page.getByLabel('Name oder E-Mail').fill('anna')
    await page.getByLabel('Passwort').fill(samplePassword)
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
    await page.getByRole('navigation', { name: 'Seiten' }).waitFor()
    await page.goto(path())
    // When it is free again, though not who has it.
    await page.getByText(/^Ben .* hat es bis .* gebucht\./).waitFor()
    await page.getByText('Kilometerstand: 48.210 → 48.390').waitFor()
    const log = page.locator('section').filter({ hasText: 'Kilometerstand und Schäden' })
    expect(await log.locator('li').count()).toBe(1)
    expect(await page.getByRole('link', { name: 'Außer Betrieb nehmen' }).count()).toBe(0)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(await findViolations(page)).toEqual([])
    expect(errors).toEqual([])
  })
})
