import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Locator, Page } from 'playwright-core'
import type { Booking } from '../../shared/schemas/booking.ts'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

// The clocks change on 28 March, between the second day and the third.
const [first, second, third] = ['2027-03-15', '2027-03-22', '2027-03-29']

describeInBrowser('bookings that repeat', (stage) => {
  let admin: Requester
  let van = ''
  beforeAll(async () => {
    admin = await logIn(stage.url, 'admin', adminPassword)
    const { id } = await made<{ id: string }>('/api/cars', { name: 'Series van' })
    van = id
    const span = { from_datetime: `${second}T00:00:00Z`, to_datetime: `${second}T23:00:00Z` }
    const repair = { ...span, allocation_type: 'maintenance' }
    await made(`/api/cars/${van}/allocations`, repair)
  })

  async function made<T>(path: string, body: object): Promise<T> {
    const response = await admin(path, body)
    expect([path, response.status]).toEqual([path, 201])
    return (await response.json()) as T
  }

  async function look(page: Page, name: string): Promise<void> {
    const shots = process.env['SHOTS']
    if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
    expect([name, await findViolations(page)]).toEqual([name, []])
  }

  const days = (place: Locator) => place.getByRole('list', { name: 'Days' }).locator('li')
  // The sample data may book it as any car while it is being added.
  const listOfVan = async (title = 'Weekly delivery') => {
    const response = await admin(`/api/bookings?resource=${van}`)
    return ((await response.json()) as Booking[]).filter(({ title: it }) => it === title)
  }

  it('are previewed day by day before they are booked, by keyboard only', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto('/bookings/find?type=Car')
    await page.getByRole('link', { name: 'Book a series' }).focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('What for').focus()
    await page.keyboard.type('Weekly delivery')
    await page.getByLabel('Kind').selectOption('Car')
    await page.getByLabel('What', { exact: true }).selectOption({ label: 'Series van' })
    await page.getByLabel('First day').fill(first)
    await page.getByLabel('Times', { exact: true }).fill('4')
    await page.getByLabel('Times', { exact: true }).press('Enter')
    const main = page.getByRole('main')
    await days(main).nth(3).waitFor()
    const rows = await days(main).allInnerTexts()
    expect(rows).toHaveLength(4)
    expect(rows[0]).toMatch(/Mon, 15 Mar 2027, 09:00\s*–\s*10:00\s+Confirmed/)
    expect(rows[1]).toMatch(/22 Mar 2027[^]*Refused/)
    expect(rows[2]).toMatch(/29 Mar 2027, 09:00/)
    await look(page, 'series-new')
    // The preview is out of date.
    await page.getByLabel('Times', { exact: true }).fill('3')
    expect(await days(main).count()).toBe(0)
    await page.getByRole('button', { name: 'Show the days' }).press('Enter')
    await page.getByRole('button', { name: 'Book 2 days' }).press('Enter')
    await page.waitForURL(/\/bookings\/series\/[0-9a-f-]{36}/)
    await page.getByText('Left out').waitFor()
    expect((await listOfVan()).map(({ from }) => from)).toEqual([
      `${first}T08:00:00.000Z`,
      `${third}T07:00:00.000Z`,
    ])
    await look(page, 'series-page')
    expect(errors).toEqual([])
  })

  it('skip unticked days, and are booked on a phone', async () => {
    const { page, errors } = await stage.visit(phone)
    await comeIn(page, 'ben')
    await page.getByRole('link', { name: 'Book', exact: true }).tap()
    await page.getByRole('link', { name: 'Book a series' }).tap()
    await page.getByRole('heading', { name: 'Book a series', level: 1 }).waitFor()
    await page.getByLabel('What for').fill('To the archive')
    await page.getByLabel('Kind').selectOption('Car')
    await page.getByLabel('What', { exact: true }).selectOption({ label: 'Series van' })
    await page.getByLabel('First day').fill(first)
    await page.getByLabel('From', { exact: true }).fill('12:00')
    await page.getByLabel('To', { exact: true }).fill('13:00')
    await page.getByLabel('Times', { exact: true }).fill('4')
    await page.getByLabel('When a day is taken').selectOption({ label: 'Book none' })
    await page.getByRole('button', { name: 'Show the days' }).tap()
    const main = page.getByRole('main')
    await days(main).nth(3).waitFor()
    // One of them is taken: then none is booked, unless it is skipped.
    await page.getByText('None of these days can be booked.').waitFor()
    await days(main).nth(1).getByRole('checkbox').uncheck()
    await page.getByRole('button', { name: 'Book 3 days' }).waitFor()
    await days(main).nth(3).getByRole('checkbox').uncheck()
    await page.getByRole('heading', { name: 'Days: 2, 2 left out' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await look(page, 'series-phone')
    await days(main).nth(3).getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Book 3 days' }).tap()
    await page.waitForURL((url) => url.pathname === '/book')
    await page.getByText('3 days are booked.').waitFor()
    const own = await listOfVan('To the archive')
    expect(own.map(({ from }) => from.slice(0, 10))).toEqual([first, third, '2027-04-05'])
    expect(errors).toEqual([])
    const cancelled = { scope: 'all', reason: 'Moved' }
    const { series_id } = own[0] as Booking
    expect((await admin(`/api/bookings/series/${series_id}/cancel`, cancelled)).status).toBe(200)
  })

  it('are changed from one day on, and cancelled one at a time', async () => {
    const { page, errors } = await stage.visit({ ...phone, colorScheme: 'dark' })
    await comeIn(page, 'anna')
    const [booking] = await listOfVan()
    await page.goto(`/book/${booking?.id}`)
    await page.getByRole('link', { name: 'All days' }).click()
    const main = page.getByRole('main')
    await days(main).nth(2).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await look(page, 'series-phone')
    await page.getByRole('button', { name: /Change….*15 Mar/ }).click()
    const dialog = page.getByRole('dialog')
    // What was chosen while the preview was on its way is not what it shows.
    let answer = () => {}
    const held = new Promise<void>((resolve) => (answer = resolve))
    await page.route('**/api/bookings/series/*', async (route) => {
      const response = await route.fetch()
      if (route.request().method() === 'PATCH') await held
      await route.fulfill({ response })
    })
    const asked = page.waitForRequest((request) => request.method() === 'PATCH')
    await dialog.getByLabel('What for').fill('Late delivery')
    await dialog.getByRole('button', { name: 'Show the days' }).click()
    await asked
    await dialog.getByLabel('What', { exact: true }).selectOption('all')
    answer()
    await dialog.locator('button[type=submit][aria-busy=false]').waitFor()
    expect(await days(dialog).count()).toBe(0)
    await page.unroute('**/api/bookings/series/*')
    await dialog.getByLabel('What for').fill('Weekly delivery')
    await dialog.getByLabel('What', { exact: true }).selectOption('following')
    await dialog.getByLabel('From').fill('13:00')
    await dialog.getByLabel('To').fill('15:30')
    await dialog.getByRole('button', { name: 'Show the days' }).click()
    await days(dialog).nth(1).waitFor()
    expect((await days(dialog).allInnerTexts()).join()).toMatch(/13:00\s*–\s*15:30/)
    await look(page, 'series-change')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The series is changed.').waitFor()
    await page.getByRole('link', { name: /29 Mar 2027, 13:00/ }).waitFor()
    await page.getByRole('button', { name: /Cancel….*29 Mar/ }).click()
    await dialog.getByRole('button', { name: 'Cancel booking' }).click()
    await page.getByText('Cancelled.').waitFor()
    const now = (await listOfVan()).map(({ from, to, state }) => [from, to, state])
    expect(now).toEqual([
      [`${first}T12:00:00.000Z`, `${first}T14:30:00.000Z`, 'confirmed'],
      [`${third}T11:00:00.000Z`, `${third}T13:30:00.000Z`, 'cancelled'],
    ])
    expect(errors).toEqual([])
  })

  it('are approved as a whole, in German', async () => {
    const type = 'Lorry'
    await made('/api/policies', { type, rules: { approval: { when: 'always' } } })
    await made('/api/lorries', { name: 'Series lorry' })
    const ben = await logIn(stage.url, 'ben', samplePassword)
    const asked = await ben('/api/bookings/series', {
      items: [{ type }],
      from: `${first}T09:00:00Z`,
      to: `${first}T11:00:00Z`,
      title: 'Market day',
      rule: 'FREQ=WEEKLY;COUNT=3',
      time_zone: 'Europe/Berlin',
    })
    expect(asked.status).toBe(201)
    const { id } = (await asked.json()) as { id: string }
    const { page, errors } = await stage.visit({ locale: 'de-DE' })
    await page.goto('/sign-in')
    await page.getByLabel('Name oder E-Mail').fill('admin')
    await page.getByLabel('Passwort').fill(adminPassword)
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
    await page.waitForURL(/\/bookings/)
    await page.goto(`/bookings/series/${id}`)
    await page.getByRole('button', { name: 'Alle 3 genehmigen' }).click()
    await page.getByText('3 genehmigt.').waitFor()
    await page.getByText('Bestätigt').nth(2).waitFor()
    expect(errors).toEqual([])
  })
})
