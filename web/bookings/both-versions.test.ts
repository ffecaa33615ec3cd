import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Locator, Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import type { BookingSeries } from '../../shared/schemas/booking-series.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'

setDefaultTimeout(120_000)

describeInBrowser('a booking that somebody else changed first', (stage) => {
  let admin: Requester
  let anna: Requester
  let page: Page

  beforeAll(async () => {
    admin = await logIn(stage.url, 'admin', adminPassword)
    anna = await logIn(stage.url, 'anna', samplePassword)
    page = (await stage.visit({ timezoneId: 'UTC' })).page
    await signIn(page, 'anna', samplePassword)
  })

  const make = async <T>(as: Requester, path: string, body: object) => {
    const response = await as(path, body)
    expect([path, response.ok]).toEqual([path, true])
    return (await response.json()) as T
  }
  const change = async (as: Requester, path: string, body: object) => {
    const { status } = await as(path, body, 'PATCH')
    expect([path, status]).toEqual([path, 200])
  }
  const read = async <T>(path: string) => (await (await admin(path)).json()) as T
  const bothOf = (place: Page | Locator) =>
    place.getByRole('alert').filter({ hasText: 'changed it meanwhile' })

  it('is not extended over a new end: both are shown, by whom too', async () => {
    const { id: car } = await make<Resource>(admin, '/api/cars', { name: 'Long car' })
    const from = new Date(Date.now() - 60_000).toISOString()
    const to = new Date(Date.now() + 3_600_000).toISOString()
    const span = { from, to, title: 'Long tour', items: [{ resource_id: car }] }
    const { id } = await make<Booking>(anna, '/api/bookings', span)
    await make(anna, `/api/bookings/${id}/check_out`, {})
    await page.goto(`/bookings/${id}`)
    await page.getByRole('button', { name: 'Extend' }).click()
    const dialog = page.getByRole('dialog')
    const end = dialog.getByLabel('To', { exact: true })
    const mine = await end.inputValue()
    const theirs = new Date(Date.now() + 5_400_000).toISOString()
    await change(admin, `/api/bookings/${id}`, { to: theirs })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await bothOf(dialog).getByText('admin changed it').waitFor()
    expect(await end.inputValue()).toBe(mine)
    expect((await read<Booking>(`/api/bookings/${id}`)).to).toBe(theirs)
    await bothOf(dialog).getByRole('button', { name: 'Keep mine' }).click()
    await dialog.waitFor({ state: 'detached' })
    const kept = (await read<Booking>(`/api/bookings/${id}`)).to
    expect(new Date(kept).getTime()).toBe(new Date(`${mine}Z`).getTime())
  })

  /** The form that changes a new series of three weeks, from 7 to 8 of a day on. */
  async function openSeries(title: string, day: string) {
    const times = { from: `${day}T07:00:00Z`, to: `${day}T08:00:00Z`, time_zone: 'UTC' }
    const weekly = { items: [{ type: 'Lorry' }], rule: 'FREQ=WEEKLY;COUNT=3', ...times }
    const series = '/api/bookings/series'
    const { id } = await make<BookingSeries>(anna, series, { title, ...weekly })
    await page.goto(`/bookings/series/${id}`)
    const change = page.getByRole('button', { name: /^Change/ })
    await change.first().click()
    return { dialog: page.getByRole('dialog'), path: `${series}/${id}` }
  }

  it('of a series is previewed again, with the days as they are now', async () => {
    const { dialog, path } = await openSeries('Milk round', '2031-03-03')
    await dialog.getByLabel('What for').fill('Cheese round')
    await dialog.getByRole('button', { name: 'Show the days' }).click()
    await dialog.getByRole('button', { name: 'Save' }).waitFor()
    const late = { scope: 'this', date: '2031-03-10', start_time: '10:00' }
    await change(anna, path, late)
    await dialog.getByRole('button', { name: 'Save' }).click()
    const both = bothOf(dialog)
    await both.waitFor()
    expect(await both.locator('th[scope=rowgroup]').allInnerTexts()).toEqual(['What for', 'Days'])
    expect((await read<BookingSeries>(path)).title).toBe('Milk round')
    expect(await findViolations(page)).toEqual([])
    await both.getByRole('button', { name: 'Keep mine' }).click()
    await both.waitFor({ state: 'detached' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The series is changed.').waitFor()
  })

  it('is compared by values where the words are equal', async () => {
    const [small, large] = ['Car', 'Lorry'] as const
    const twins = await Promise.all(
      [small, large].map((resource_type) =>
        make<Resource>(admin, '/api/resources', { resource_type, name: 'Twin' }),
      ),
    )
    const [theirs = '', mine = ''] = twins.map((twin) => twin.id)
    const span = { from: '2032-06-07T08:00:00Z', to: '2032-06-07T09:00:00Z', title: 'Twins' }
    const car = await make<Resource>(admin, '/api/cars', { name: 'Only child' })
    const items = [{ resource_id: car.id }]
    const booking = await make<Booking>(anna, '/api/bookings', { ...span, items })
    const path = `/api/bookings/${booking.id}`
    await page.goto(`/bookings/${booking.id}`)
    await page.getByRole('button', { name: 'Change booking' }).click()
    const dialog = page.getByRole('dialog')
    const chosen = dialog.getByLabel('What', { exact: true })
    await chosen.selectOption(mine)
    const allocation_id = booking.items[0]?.allocation_id
    await change(admin, path, { swap: [{ allocation_id, resource_id: theirs }] })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await bothOf(dialog).waitFor()
    expect((await read<Booking>(path)).items[0]?.resource_id).toBe(theirs)
    await bothOf(dialog).getByRole('button', { name: 'Take theirs' }).click()
    expect(await chosen.inputValue()).toBe(theirs)
  })

  it('or a resource whose properties have one title', async () => {
    const manager = await stage.visit()
    await signIn(manager.page, 'admin', adminPassword)
    const size = { type: 'string', title: 'Size' }
    const property_schema = { type: 'object', properties: { inner: size, outer: size } }
    await make(admin, '/api/resource_types', { name: 'Crate', property_schema })
    const crate = {
      resource_type: 'Crate',
      name: 'Crate 1',
      properties: { inner: 'S', outer: 'M' },
    }
    const { id } = await make<Resource>(admin, '/api/resources', crate)
    await manager.page.goto(`/bookings/resources/${id}`)
    await manager.page.getByRole('button', { name: 'Edit' }).first().click()
    const dialog = manager.page.getByRole('dialog')
    await dialog.getByLabel('Size').first().fill('L')
    await change(admin, `/api/resources/${id}`, { properties: { inner: 'XL', outer: 'M' } })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await bothOf(dialog).waitFor()
    expect(await bothOf(dialog).locator('tbody th, td').allInnerTexts()).toEqual([
      'Size',
      'L',
      'XL',
    ])
  })

  it('of a series is saved once more when only the response was lost', async () => {
    const { dialog, path } = await openSeries('Egg round', '2031-04-07')
    await dialog.getByLabel('From').fill('07:30')
    await dialog.getByLabel('To', { exact: true }).fill('08:30')
    await dialog.getByRole('button', { name: 'Show the days' }).click()
    const save = dialog.getByRole('button', { name: 'Save' })
    await save.waitFor()
    const address = new RegExp(`${path}$`)
    await page.route(address, async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue()
      await route.fetch()
      await route.abort()
    })
    await save.click()
    await dialog.getByText('The server cannot be reached.').waitFor()
    await page.unroute(address)
    await save.click()
    await page.getByText('The series is changed.').waitFor()
    expect((await read<BookingSeries>(path)).occurrences[0]?.from).toContain('T07:30')
  })

  it('is not moved by a phone', async () => {
    const visitor = await stage.visit(phone)
    await comeIn(visitor.page, 'anna')
    const span = { from: '2032-05-03T08:00:00Z', to: '2032-05-03T09:00:00Z', title: 'By phone' }
    const { id } = await make<Booking>(anna, '/api/bookings', { ...span, items: [{ type: 'Car' }] })
    const mobile = visitor.page
    await mobile.goto(`/book/${id}`)
    await mobile.getByRole('button', { name: 'Change' }).click()
    await mobile.getByLabel('Until').fill('2032-05-03T12:00')
    const theirs = '2032-05-03T11:30:00.000Z'
    await change(admin, `/api/bookings/${id}`, { to: theirs })
    await mobile.getByRole('button', { name: 'Save the new time' }).click()
    await bothOf(mobile).getByText('admin changed it').waitFor()
    expect(await mobile.getByLabel('Until').inputValue()).toBe('2032-05-03T12:00')
    expect(await findViolations(mobile)).toEqual([])
    await bothOf(mobile).getByRole('button', { name: 'Take theirs' }).click()
    expect(await mobile.getByLabel('Until').inputValue()).toBe('2032-05-03T13:30')
    expect((await read<Booking>(`/api/bookings/${id}`)).to).toBe(theirs)
    await mobile.getByRole('button', { name: 'Save the new time' }).click()
    await mobile.getByText(/^Moved to/).waitFor()
    // The chips are no form: they say what it is now, and do nothing.
    await mobile.getByRole('button', { name: 'Extend' }).click()
    await change(admin, `/api/bookings/${id}`, { to: '2032-05-03T12:30:00.000Z' })
    await mobile.getByRole('button', { name: '+ 30 min' }).click()
    await mobile.getByText(/It is now: By phone, .*14:30/).waitFor()
    expect((await read<Booking>(`/api/bookings/${id}`)).to).toContain('T12:30')
  })
})
