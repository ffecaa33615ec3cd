import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'

setDefaultTimeout(90_000)

// Viewers are in Berlin, whose clocks go forward during this night: 01:30 there to 03:30. New York
// changed two weeks before.
const night = { from: '2035-03-25T00:30:00Z', to: '2035-03-25T01:30:00Z' }
const inNewYork = 'America/New_York: Sat 20:30 – Sat 21:30'
const board = '/bookings?view=day&type=Van&date=2035-03-25'

describeInBrowser('a resource in another time zone', (stage) => {
  let admin: Requester
  let page: Page
  let booking: Booking

  const make = async <T>(path: string, body: object) => {
    const response = await admin(path, body)
    expect([path, response.status]).toEqual([path, 201])
    return (await response.json()) as T
  }

  beforeAll(async () => {
    admin = await logIn(stage.url, 'admin', adminPassword)
    const anna = await logIn(stage.url, 'anna', samplePassword)
    await make('/api/resource_types', { name: 'Van' })
    const add = (name: string, time_zone: string) =>
      make<Resource>('/api/resources', { resource_type: 'Van', name, time_zone })
    const far = await add('Far van', 'America/New_York')
    await add('Near van', 'Europe/Paris')
    const wish = { ...night, title: 'Night drive', items: [{ resource_id: far.id }] }
    const made = await anna('/api/bookings', wish)
    expect(made.status).toBe(201)
    booking = (await made.json()) as Booking
    page = (await stage.visit()).page
    await signIn(page, 'anna', samplePassword)
  })

  it('says so on the board, on bars and rows, and in the list', async () => {
    await page.goto(board)
    const name = new RegExp(`Night drive.*, 01:30.*03:30.*, ${inNewYork}`)
    await page.getByRole('gridcell', { name }).waitFor()
    const far = page.getByRole('link', { name: 'Far van' })
    // A day of 23 hours here.
    const day = 'Far van, America/New_York: Sat 19:00 – Sun 18:00'
    expect(await far.getAttribute('title')).toBe(day)
    const near = page.getByRole('link', { name: 'Near van' })
    expect(await near.getAttribute('title')).toBe('Near van')
    await page.goto(board.replace('view=day', 'view=list'))
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Night drive' })
      .getByText(inNewYork)
      .waitFor()
  })

  it('says so on the page of a booking, and while another time is typed', async () => {
    await page.goto(`/bookings/${booking.id}`)
    await page.getByText(inNewYork, { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Change booking' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(inNewYork, { exact: true }).waitFor()
    await dialog.getByLabel('From', { exact: true }).fill('2035-03-24T23:30')
    await dialog.getByText('America/New_York: Sat 18:30 – Sat 21:30').waitFor()
    await dialog.getByLabel('What', { exact: true }).selectOption({ label: 'Near van' })
    await dialog.getByText('America/New_York').waitFor({ state: 'detached' })
    expect(await findViolations(page)).toEqual([])
  })

  it('says so where it is booked', async () => {
    await page.goto('/bookings/find?type=Van&from=2035-03-25T06:00&to=2035-03-25T08:00')
    const far = page.getByRole('listitem').filter({ hasText: 'Far van' })
    await far.getByText('America/New_York: Sun 00:00 – Sun 02:00').waitFor()
    await far.getByRole('button', { name: 'Book' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('America/New_York: Sun 00:00 – Sun 02:00').waitFor()
    await dialog.getByLabel('To', { exact: true }).fill('2035-03-25T09:00')
    await dialog.getByText('America/New_York: Sun 00:00 – Sun 03:00').waitFor()
    await dialog.getByLabel('What', { exact: true }).selectOption({ label: 'Near van' })
    await dialog.getByText('America/New_York').waitFor({ state: 'detached' })
  })

  it('says so on a phone: in the list, on the page, and where it is booked', async () => {
    const { page: mobile } = await stage.visit(phone)
    await comeIn(mobile, 'anna')
    await mobile.goto('/book')
    await mobile.getByText(inNewYork, { exact: true }).waitFor()
    expect(await findViolations(mobile)).toEqual([])
    await mobile.goto(`/book/${booking.id}`)
    await mobile.getByText(inNewYork, { exact: true }).waitFor()
    // The calendar it is added to shows it by its own clock.
    const file = mobile.waitForEvent('download')
    await mobile.getByRole('button', { name: 'Add to my calendar' }).click()
    const entry = await readFile(await (await file).path(), 'utf8')
    expect(entry.split('\r\n')).toEqual(
      expect.arrayContaining([
        `UID:${booking.id}`,
        'SUMMARY:Night drive',
        'DTSTART:20350325T003000Z',
        'DTEND:20350325T013000Z',
      ]),
    )
    await mobile.getByRole('button', { name: 'Change' }).click()
    await mobile.getByLabel('Until').fill('2035-03-25T05:00')
    await mobile.getByText('America/New_York: Sat 20:30 – Sat 23:00').waitFor()
    const query = 'from=2035-03-25T06:00&to=2035-03-25T08:00&step=what&type=Van'
    await mobile.goto(`/book/new?${query}`)
    await mobile
      .getByRole('button', { name: /Far van/ })
      .getByText('America/New_York: Sun 00:00 – Sun 02:00')
      .waitFor()
  })

  it('says nothing to those who are there', async () => {
    const { page: there } = await stage.visit({ timezoneId: 'America/New_York' })
    await signIn(there, 'anna', samplePassword)
    await there.goto(`/bookings/${booking.id}`)
    await there.getByText(/20:30.*21:30/).waitFor()
    expect(await there.getByText('America/New_York').count()).toBe(0)
    await there.goto(board.replace('03-25', '03-24'))
    await there.getByRole('gridcell', { name: /Night drive/ }).waitFor()
    const near = there.getByRole('link', { name: 'Near van' })
    expect(await near.getAttribute('title')).toContain('Europe/Paris: Sat 05:00 – Sun 06:00')
  })
})
