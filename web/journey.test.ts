import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Locator, Page } from 'playwright-core'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { boxOf, drag, middleOf, type Point } from '../scripts/browser/mouse.ts'
import {
  adminPassword,
  browserPath,
  samplePassword,
  signIn,
  type Visitor,
} from '../scripts/browser/stage.ts'
import { addDays, toInputDate } from './time.ts'

setDefaultTimeout(90_000)
if (!browserPath) console.log('No Chromium on this machine: the console is not tried in a browser.')

const tomorrow = toInputDate(addDays(new Date(), 1))
const day = `/bookings?view=day&date=${tomorrow}`

describeInBrowser('the console in a browser', (stage) => {
  let carla: Visitor
  let anna: Visitor
  beforeAll(async () => {
    carla = await stage.visit()
    anna = await stage.visit()
  })

  it('sends a stranger to the sign-in page and lets them create an account', async () => {
    const { page } = carla
    await page.goto(day)
    await page.waitForURL(/\/sign-in/)
    await page.getByRole('link', { name: 'Create account' }).click()
    await page.getByLabel('Username').fill('carla')
    await page.getByLabel('Name shown to others').fill('Carla Rossi')
    await page.getByLabel('Email').fill('carla@example.org')
    await page.getByLabel('Password').fill('too short')
    await page.getByRole('button', { name: 'Create account' }).click()
    expect(page.url()).toContain('/sign-up')
    await page.getByLabel('Password').fill('a password of carla')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.waitForURL(/\/bookings/)
    expect(await page.getByRole('link', { name: 'People' }).count()).toBe(0)
  })

  it('books a drawn span, and shows it to others without reloading', async () => {
    await signIn(anna.page, 'anna', samplePassword)
    await anna.page.goto(day)
    await anna.page.getByText('Live', { exact: true }).waitFor()
    await carla.page.goto(day)
    await draw(carla.page, 'Red Fiat', [0.3, 0.5])
    await carla.page.getByLabel('What for').fill('Dentist')
    await carla.page.getByRole('button', { name: 'Book', exact: true }).click()
    await event(carla.page, 'Dentist').waitFor()
    await event(anna.page, 'Carla Rossi Dentist').waitFor()
  })

  it('refuses a taken span, names the conflict, and offers the next free time', async () => {
    await draw(anna.page, 'Red Fiat', [0.25, 0.29])
    const from = await read(event(carla.page, 'Dentist'))
    await anna.page.getByLabel('To', { exact: true }).fill(`${tomorrow}T23:00`)
    await anna.page.getByRole('button', { name: 'Book', exact: true }).click()
    const alert = anna.page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toContain('Red Fiat is taken')
    expect(from).toContain('Red Fiat')
    await anna.page.getByRole('button', { name: 'Cancel' }).click()
  })

  it('moves by drag, and reverts a move that would overlap', async () => {
    const moved = event(carla.page, 'Dentist')
    const before = await read(moved)
    await dragBar(carla.page, moved, 120)
    await carla.page.getByText('Booking moved.').waitFor()
    await until(async () => (await read(event(anna.page, 'Dentist'))) !== before)
    const now = await read(moved)
    await dragBar(carla.page, moved, await middleOf(event(carla.page, 'Customer visit')))
    const dialog = carla.page.getByRole('dialog')
    await dialog.getByText('Blue Skoda is taken').waitFor()
    await dialog.getByRole('button', { name: 'Leave it where it was' }).click()
    await until(async () => (await read(moved)) === now)
  })

  it('rates a book, once, and changes the rating', async () => {
    const { page } = carla
    await page.goto('/books?q=frankenstein')
    await page.getByRole('link', { name: 'Frankenstein' }).click()
    await page.getByText('2 ratings').first().waitFor()
    await page.getByLabel('9 of 10').check({ force: true })
    await page.getByText('3 ratings').first().waitFor()
    await page.getByLabel('4 of 10').check({ force: true })
    await until(async () => (await page.getByLabel('4 of 10').isChecked()) === true)
    expect(await page.getByText('3 ratings').first().isVisible()).toBe(true)
  })

  it('judges a submission', async () => {
    const { page } = carla
    await page.goto('/courses/CSE115')
    await page.getByRole('link', { name: 'Sum of two numbers' }).click()
    const editor = page.getByRole('textbox', { name: 'Your answer' })
    await answer(page, editor, 'function solve(a, b) { return a - b }')
    await page.getByText('Failed').first().waitFor()
    await answer(page, editor, 'function solve(a, b) { return a + b }')
    await page.getByRole('heading', { name: 'Passed 100%' }).waitFor()
    await page.getByText('attempt 2').waitFor()
  })

  it('resumes an upload whose connection was cut', async () => {
    const { page, context } = carla
    await page.goto('/files')
    const network = await context.newCDPSession(page)
    // Slow enough to be interrupted halfway.
    const slow = { latency: 0, downloadThroughput: -1, uploadThroughput: 3_000_000 }
    await network.send('Network.enable')
    await network.send('Network.emulateNetworkConditions', { offline: false, ...slow })
    const buffer = Buffer.alloc(24_000_000, 'campus')
    await page.setInputFiles('input[type=file]', { name: 'big.bin', mimeType: '', buffer })
    const progress = page.getByRole('progressbar', { name: 'big.bin: sent so far' })
    await until(async () => Number(await progress.getAttribute('value')) > 0.4)
    await network.send('Network.emulateNetworkConditions', { offline: true, ...slow })
    await page.getByText('Failed').or(page.getByText('cannot be reached')).first().waitFor()
    expect(Number(await progress.getAttribute('value'))).toBeLessThan(1)
    await network.send('Network.emulateNetworkConditions', { offline: false, ...slow })
    const created = page.waitForRequest((one) => one.method() === 'HEAD')
    await page.getByRole('button', { name: 'Go on with big.bin' }).click()
    await created
    await page.getByRole('link', { name: 'big.bin' }).waitFor()
    carla.errors.length = 0
  })

  it('lets an administrator take a resource out of service, but nobody else', async () => {
    const admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
    for (const { page } of [anna, admin]) {
      await page.goto('/bookings/resources')
      await page.getByRole('link', { name: 'Red Fiat' }).click()
      await page.getByRole('heading', { name: 'Red Fiat' }).waitFor()
    }
    expect(await anna.page.getByRole('link', { name: 'Take out of service' }).count()).toBe(0)
    await admin.page.getByRole('link', { name: 'Take out of service' }).click()
    await admin.page.getByRole('button', { name: 'For good' }).click()
    await admin.page.getByRole('list', { name: 'What becomes of its bookings' }).waitFor()
    await admin.page.getByRole('button', { name: 'Decommission' }).click()
    await admin.page.getByText('Red Fiat is out of service.').waitFor()
    await until(
      async () => (await admin.page.getByRole('link', { name: 'Red Fiat' }).count()) === 0,
    )
  })

  it('stays signed in, and signs out in all windows', async () => {
    const { page, context } = carla
    const second = await context.newPage()
    await second.goto('/books')
    await second.getByRole('heading', { name: 'Books' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.waitForURL(/\/sign-in/)
    await second.waitForURL(/\/sign-in/)
  })

  it('says when the server is unreachable, and continues when it is back', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.evaluate(() => localStorage.removeItem('campus.user'))
    await page.route('**/api/users/me', (route) => route.abort())
    await page.reload()
    await page.getByText('The server cannot be reached').waitFor()
    await page.unroute('**/api/users/me')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Bookings' }).waitFor()
  })

  it('had no errors but the refusals', () => {
    const isRefusal = (line: string) =>
      /^409 (?:POST|PATCH) .*\/allocations|^404 GET \/api\/ratings\/\d+\/mine$/.test(line)
    for (const { errors } of [carla, anna]) {
      expect(errors.filter((line) => !isRefusal(line))).toEqual([])
    }
  })
})

const event = (page: Page, text: string) => page.locator(`.event[aria-label*="${text}"]`)
const read = async (found: Locator) => (await found.getAttribute('aria-label')) ?? ''

/** Draws a span in a resource's row, between two fractions of the visible day. */
async function draw(page: Page, name: string, [from, to]: [number, number]): Promise<void> {
  const row = page.getByRole('row').filter({ hasText: name })
  const { x, y: top, width, height } = await boxOf(row.locator('.track'))
  const y = top + height / 2
  const at = (part: number) => x + part * width
  await page.mouse.move(at(from), y)
  await page.mouse.down()
  await page.mouse.move(at(to), y, { steps: 8 })
  await page.mouse.up()
  await page.getByRole('dialog').waitFor()
}

/** @param to how far: along the time, or a point on the page */
async function dragBar(page: Page, found: Locator, to: number | Point) {
  const from = await middleOf(found)
  await drag(page, from, typeof to === 'number' ? { x: from.x + to, y: from.y } : to)
}

async function answer(page: Page, editor: Locator, code: string): Promise<void> {
  await editor.click()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(code)
  await page.keyboard.press('Control+Enter')
}

// The most anything may take on a busy machine.
const patience_ms = 20_000

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience_ms
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`It did not come to be: ${isSo.toString()}`)
    await Bun.sleep(50)
  }
}
