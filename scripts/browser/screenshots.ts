/** Takes the screenshots in docs/screenshots with sample data: light, dark, and 390 px. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { CreatedDisplay } from '../../shared/schemas/display.ts'
import { fillCalendar } from './calendar.ts'
import { openEveryPage, openPage } from './every-page.ts'
import { comeIn, phone } from './phone.ts'
import { logIn } from './requester.ts'
import { adminPassword, openStage, signIn, type Visitor } from './stage.ts'

const folder = join(import.meta.dir, '../../docs', 'screenshots')
const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', ...phone },
} as const
// Representative pages; all of them would enlarge every clone.
const shown = new Set(
  (
    'bookings-week bookings-list booking-form day rule-form setup ' +
    'books exercise files system notifications'
  ).split(' '),
)
// Names load after their page, and the bell after everything else.
const settled_ms = 1500
// Sharp enough to read, a quarter of a PNG.
const quality = 85
// A chart needs two samples.
const sampled_ms = 15_000

const stage = await openStage({ SAMPLE_DATA: 'true', TIME_ZONE: 'Europe/Berlin' })
await fillCalendar(stage.url)
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
const display = await addDisplay()
for (const [look, options] of Object.entries(looks)) {
  const { page, context } = await stage.visit(options)
  const take = (name: string) => save({ page, context }, `${name}-${look}`)
  await signIn(page, 'admin', adminPassword)
  await openEveryPage(page, async (name) => {
    if (!shown.has(name)) return
    if (name === 'system') await page.waitForTimeout(sampled_ms)
    await take(name)
  })
  await openPage(page, '/bookings/resources')
  await page.getByRole('link', { name: 'White van' }).click()
  await page.getByRole('img', { name: 'White van' }).waitFor()
  await take('resource')
  await openPage(page, '/bookings/usage?by=person&period=year')
  await take('usage')
  await lookAhead(page)
  await take('series')
  await page.goto(display)
  await page.getByRole('article').first().waitFor()
  await take('display')
  await context.close()
}
const { page, context } = await stage.visit(phone)
await comeIn(page, 'anna')
await page.locator('.next').waitFor()
await save({ page, context }, 'my-bookings-phone')
await page.getByRole('link', { name: 'Book', exact: true }).tap()
await page.getByRole('button', { name: 'What is free?' }).tap()
await page.locator('.rows').waitFor()
await save({ page, context }, 'what-is-free-phone')
await stage.close()
console.log(`Written to ${folder}`)

/** @returns the address of its page */
async function addDisplay(): Promise<string> {
  const admin = await logIn(stage.url, 'admin', adminPassword)
  const body = { name: 'Cars at the gate', type: 'Car', with_names: true }
  return ((await (await admin('/api/displays', body)).json()) as CreatedDisplay).url
}

/** The days of a series before it is booked, with one left out. */
async function lookAhead(page: Page): Promise<void> {
  await openPage(page, '/bookings/series')
  await page.getByLabel('What for').fill('Delivery to Kassel')
  await page.getByLabel('Times', { exact: true }).fill('4')
  await page.getByRole('button', { name: 'Show the days' }).click()
  const days = page.getByRole('list', { name: 'Days' }).locator('li')
  await days.nth(1).getByRole('checkbox').uncheck()
  await page.getByRole('button', { name: 'Book 3 days' }).scrollIntoViewIfNeeded()
}

async function save({ page, context }: Pick<Visitor, 'page' | 'context'>, name: string) {
  await page.waitForTimeout(settled_ms)
  const browser = await context.newCDPSession(page)
  const picture = { format: 'webp', quality } as const
  const { data } = await browser.send('Page.captureScreenshot', picture)
  await browser.detach()
  await Bun.write(join(folder, `${name}.webp`), Buffer.from(data, 'base64'))
}
