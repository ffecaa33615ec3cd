import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import { addDays, toInputDate } from '../time.ts'

setDefaultTimeout(90_000)

const day = (ahead: number) => `${toInputDate(addDays(new Date(), ahead))}T08:00:00Z`

describeInBrowser('what one is told', (stage) => {
  let anna: Visitor
  let ofAdmin: Requester
  let request: Booking

  beforeAll(async () => {
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    const ofAnna = await logIn(stage.url, 'anna', samplePassword)
    const body = { items: [{ type: 'Truck' }], from: day(30), to: day(32), title: 'Trade fair' }
    const made = await ofAnna('/api/bookings', body)
    request = (await made.json()) as Booking
    expect([made.status, request.state]).toEqual([201, 'requested'])
    anna = await stage.visit()
    await signIn(anna.page, 'anna', samplePassword)
  })

  it('leads to its subject', async () => {
    const { page } = anna
    expect((await ofAdmin(`/api/bookings/${request.id}/approve`, {})).status).toBe(200)
    await page.getByRole('link', { name: /^Notifications \d+ unread$/ }).click()
    const entry = page.getByRole('listitem').filter({ hasText: 'Request approved' })
    await entry.getByText('Trade fair').waitFor()
    expect(await findViolations(page)).toEqual([])
    await entry.getByRole('link').click()
    await page.getByRole('heading', { name: 'Trade fair' }).waitFor()
  })

  it('is marked as read, all at once, and counted live', async () => {
    const { page } = anna
    await page.goto('/notifications')
    await page.getByRole('button', { name: 'Mark all as read' }).click()
    await page.getByRole('link', { name: 'Notifications', exact: true }).waitFor()
    await page.locator('button:disabled', { hasText: 'Mark all as read' }).waitFor()
    await ofAdmin(`/api/bookings/${request.id}/cancel`, { reason: 'It is in the workshop.' })
    await page.getByRole('link', { name: 'Notifications 1 unread' }).waitFor()
    await page.getByText('It is in the workshop.').waitFor()
  })

  it('is counted on a phone, with the inbox one tap away', async () => {
    const { page, errors } = await stage.visit(phone)
    await comeIn(page, 'anna')
    const bell = page.getByRole('link', { name: 'Notifications 1 unread' })
    await bell.waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(await findViolations(page)).toEqual([])
    await bell.tap()
    await page.waitForURL((url) => url.pathname === '/notifications')
    await page.getByText('It is in the workshop.').waitFor()
    expect(errors).toEqual([])
  })

  it('is sent as the user prefers', async () => {
    const { page } = anna
    await page.getByRole('link', { name: 'Preferences' }).click()
    await page.getByLabel('Booking changed').selectOption('off')
    await page.getByLabel('No mail at night').check()
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    await page.reload()
    await page.getByLabel('No mail from').waitFor()
    expect(await page.getByLabel('Booking changed').inputValue()).toBe('off')
    expect(await page.getByLabel('Booking cancelled').inputValue()).not.toBe('off')
  })

  it('is previewed as mail for administrators, who set the defaults', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/system/mails')
    await page.getByLabel('Mail', { exact: true }).selectOption('booking.approved')
    await page.getByLabel('Language').selectOption('de')
    const preview = page.getByRole('article', { name: 'Preview' })
    await preview.getByText('Anna Berg hat Ihre Anfrage genehmigt').waitFor()
    await page.getByText('This is the built-in text.').waitFor()
    await page.getByLabel('Mail', { exact: true }).selectOption('Account: invitation')
    await preview.getByText('Anna Berg lädt Sie ein.').waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.getByLabel('Booked for you').selectOption('inbox')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    const kinds = { kinds: { 'booking.confirmed': 'inbox' } }
    expect(await (await ofAdmin('/api/notifications/defaults')).json()).toMatchObject(kinds)
    expect(errors).toEqual([])
  })

  it('had no errors', () => expect(anna.errors).toEqual([]))
})
