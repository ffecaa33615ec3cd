import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import { minute_ms } from '../../shared/duration.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'

setDefaultTimeout(90_000)

describeInBrowser('extending a booking that is out, when somebody has the next', (stage) => {
  let admin: Requester
  let anna: Requester
  beforeAll(async () => {
    admin = await logIn(stage.url, 'admin', adminPassword)
    anna = await logIn(stage.url, 'anna', samplePassword)
  })

  async function made<T>(as: Requester, path: string, body: object): Promise<T> {
    const response = await as(path, body)
    expect([path, response.ok]).toEqual([path, true])
    return (await response.json()) as T
  }

  /** Anna has it until 10 minutes from now; the next booking begins 20 minutes later. */
  async function bookTwice(name: string, kept: object = {}) {
    await made<ResourceType>(admin, '/api/resource_types', { name, ...kept })
    const wanted = { name: `${name} one`, resource_type: name }
    const { id } = await made<Resource>(admin, '/api/resources', wanted)
    // On the grid of five minutes, too.
    const grid_ms = 5 * minute_ms
    const now = Math.ceil(Date.now() / grid_ms) * grid_ms
    const at = (minutes: number) => new Date(now + minutes * minute_ms).toISOString()
    const items = [{ resource_id: id }]
    const first = { title: 'Out', items, from: at(-5), to: at(10) }
    const { id: booking } = await made<Booking>(anna, '/api/bookings', first)
    await made(anna, `/api/bookings/${booking}/check_out`, {})
    const next = { title: 'Next', items, from: at(30), to: at(90) }
    await made(admin, '/api/bookings', next)
    const endOf = async () => {
      const found = (await (await anna(`/api/bookings/${booking}`)).json()) as Booking
      return found.to
    }
    return { booking, endOf, at }
  }

  /** By an hour. */
  async function extendOnPhone(booking: string): Promise<Page> {
    const { page } = await stage.visit({ ...phone, timezoneId: 'UTC' })
    await comeIn(page, 'anna')
    await page.goto(`/book/${booking}`)
    await page.getByRole('button', { name: 'Extend' }).tap()
    await page.getByRole('button', { name: '+ 1 h' }).tap()
    return page
  }

  async function takeOffered(page: Page): Promise<void> {
    const offer = page.getByRole('alert').getByRole('button', { name: /^Take / })
    await offer.tap()
    await page.getByText(/^Moved to /).waitFor()
  }

  it('offers the time until the next, less what is kept free between', async () => {
    const { booking, endOf, at } = await bookTwice('Van', { buffer_after_seconds: 600 })
    const { page, errors } = await stage.visit({ timezoneId: 'UTC' })
    await signIn(page, 'anna', samplePassword)
    await page.goto(`/bookings/${booking}`)
    await page.getByRole('button', { name: 'Extend' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText(/^Taken: admin, .+–.+\.$/).waitFor()
    await dialog.getByRole('button', { name: /^Until / }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/^It is due /).waitFor()
    expect(await endOf()).toBe(at(20))
    expect(errors).toEqual([`409 PATCH /api/bookings/${booking}`])
  })

  it('offers the end of a slot where there are slots, on a phone', async () => {
    const slots = { kind: 'interval', slot_seconds: 300, buffer_after_seconds: 60 }
    const { booking, endOf, at } = await bookTwice('Court', slots)
    const page = await extendOnPhone(booking)
    await takeOffered(page)
    expect(await endOf()).toBe(at(25))
  })

  it('offers no other time if it cannot end later, on a phone', async () => {
    const { booking, endOf, at } = await bookTwice('Boat', { buffer_after_seconds: 1200 })
    const page = await extendOnPhone(booking)
    await page.getByText(/^Taken: admin, .+–.+\.$/).waitFor()
    expect(await page.getByRole('alert').getByRole('button').count()).toBe(0)
    expect(await endOf()).toBe(at(10))
  })

  it('offers what the rules allow', async () => {
    const { booking, endOf, at } = await bookTwice('Truck two', {})
    const rules = { maximum_duration: 'PT25M' }
    await made(admin, '/api/policies', { type: 'Truck two', rules })
    const { page } = await stage.visit({ timezoneId: 'UTC' })
    await signIn(page, 'anna', samplePassword)
    await page.goto(`/bookings/${booking}`)
    await page.getByRole('button', { name: 'Extend' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('button', { name: /^Until / }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/^It is due /).waitFor()
    expect(await endOf()).toBe(at(20))
  })

  it('offers the time until the next, on a phone', async () => {
    const { booking, endOf, at } = await bookTwice('Bus')
    const page = await extendOnPhone(booking)
    await takeOffered(page)
    expect(await endOf()).toBe(at(30))
  })
})
