import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import { day_ms, hour_ms } from '../../shared/duration.ts'
import { addDays, toInputDate } from '../time.ts'

setDefaultTimeout(90_000)

const second_ms = 1000

describeInBrowser("a manager's day", (stage) => {
  let admin: Visitor
  let ofAnna: Requester
  let next: Booking
  let waiting: Booking

  beforeAll(async () => {
    ofAnna = await logIn(stage.url, 'anna', samplePassword)
    const ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    // Checked out and due in a moment.
    const due = await book(ofAdmin, { type: 'Lorry', title: 'Archive', length_ms: second_ms })
    await need(await ofAdmin(`/api/bookings/${due.id}/check_out`, { items: [] }))
    const item = { resource_id: due.items[0]?.resource_id }
    const between = { from: toText(Date.now() + 1800 * second_ms), title: 'To the fair' }
    const to = toText(Date.now() + 2 * hour_ms)
    waiting = (await need(
      await ofAnna('/api/bookings', { items: [item], ...between, to }),
    )) as Booking
    const visit = await book(ofAdmin, { type: 'Car', title: 'Visit', length_ms: hour_ms })
    const [{ resource_id } = { resource_id: '' }] = visit.items
    const end = Date.parse(visit.to)
    const after = { from: visit.to, to: toText(end + hour_ms), title: 'After that' }
    const asked = await ofAnna('/api/bookings', { items: [{ resource_id }], ...after })
    next = (await need(asked)) as Booking
    const soon = Date.now() + 180 * second_ms
    const later = { from: toText(soon), to: toText(soon + hour_ms), title: 'Evening' }
    await need(await ofAdmin('/api/bookings', { items: [{ type: 'Car' }], ...later }))
    const day = (ahead: number) => `${toInputDate(addDays(new Date(), ahead))}T08:00:00Z`
    await need(
      await ofAnna('/api/bookings', {
        items: [{ type: 'Truck' }],
        from: day(30),
        to: day(32),
        title: 'Trade fair',
      }),
    )
    admin = await stage.visit({ timezoneId: zoneBeforeNoon() })
    await signIn(admin.page, 'admin', adminPassword)
  })

  it('begins with the most urgent list, with the rest one click away', async () => {
    const { page } = admin
    await page.goto('/bookings')
    await page.getByRole('link', { name: 'Today', exact: true }).click()
    await page.getByRole('heading', { name: /^Late/ }).waitFor()
    await page.getByRole('listitem').filter({ hasText: 'Archive' }).waitFor()
    await page.getByRole('button', { name: '1 Late' }).waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('button', { name: /Out today$/ }).click()
    await page.getByRole('listitem').filter({ hasText: 'Visit' }).waitFor()
    // Why there is no button yet.
    const after = page.getByRole('listitem').filter({ hasText: 'After that' })
    await after.getByText(/^Pick up from \d\d:\d\d\. Until then .+ has it\.$/).waitFor()
    expect(await after.getByRole('button').count()).toBe(0)
    await need(await ofAnna(`/api/bookings/${next.id}/cancel`, { reason: 'It rains.' }))
    await page.getByRole('button', { name: '1 Requests' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Anna Berg' }).waitFor()
  })

  it('says on the phone of the next user that it is not back', async () => {
    const { page } = await stage.visit(phone)
    await comeIn(page, 'anna')
    const next = page.locator('.next', { hasText: 'To the fair' })
    await next.getByText(/^It is not back yet. It was due .*\d\d:\d\d/).waitFor()
    expect(await findViolations(page)).toEqual([])
    await need(await ofAnna(`/api/bookings/${waiting.id}/cancel`, { reason: 'Too late.' }))
  })

  it('approves a request, and returns a late booking', async () => {
    const { page } = admin
    await page.goto('/bookings/day?what=requests')
    await page.getByRole('button', { name: 'Approve Truck 1' }).click()
    await page.getByText('Trade fair is approved.').waitFor()
    await page.getByRole('button', { name: '0 Requests' }).waitFor()
    await page.getByRole('button', { name: '1 Late' }).click()
    await page.getByRole('button', { name: 'Bring back Lorry 1' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Odometer').fill('48210')
    await dialog.getByRole('button', { name: 'Bring back' }).click()
    await page.getByText('It is back. Thank you.').waitFor()
    await page.getByRole('button', { name: '0 Late' }).waitFor()
  })

  it('shows what came back damaged, until it is out of service', async () => {
    const ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    const { id, items: booked } = await book(ofAnna, {
      type: 'Car',
      title: 'Delivery',
      length_ms: hour_ms,
    })
    const allocations = `/api/resources/${booked[0]?.resource_id}/allocations`
    // Planned before: it mends no damage.
    const inspection = { allocation_type: 'maintenance', description: 'Inspection' }
    const [from, until] = [Date.now() + 30 * day_ms, Date.now() + 31 * day_ms].map(toText)
    const planned = { from_datetime: from, to_datetime: until }
    await need(await ofAdmin(allocations, { ...inspection, ...planned }))
    await need(await ofAnna(`/api/bookings/${id}/check_out`, { items: [] }))
    const items = [{ condition: 'damaged', note: 'A hole' }]
    await need(await ofAnna(`/api/bookings/${id}/return`, { items }))
    const { page } = admin
    await page.goto('/bookings/day')
    await page.getByRole('button', { name: '1 Damaged' }).click()
    const row = page.getByRole('listitem').filter({ hasText: 'A hole' })
    await row.filter({ hasText: 'Anna Berg' }).waitFor()
    expect(await findViolations(page)).toEqual([])
    await row.getByRole('link', { name: 'Take out of service' }).click()
    await page.getByRole('heading', { name: /^Take .* out of service$/ }).waitFor()
    // Told as well, with the way to the same.
    await page.goto('/notifications')
    const told = page.getByRole('listitem').filter({ hasText: 'Returned damaged' })
    await told.getByRole('link').first().click()
    await page.getByText('A hole').waitFor()
    await page.getByRole('link', { name: 'Take out of service' }).first().waitFor()
    const repair = { from_datetime: toText(Date.now()), allocation_type: 'maintenance' }
    const to_datetime = toText(Date.now() + hour_ms)
    await need(await ofAdmin(allocations, { ...repair, to_datetime }))
    await page.goto('/bookings/day')
    await page.getByRole('button', { name: '0 Damaged' }).waitFor()
  })

  it('hands out early what is free until then', async () => {
    const { page } = admin
    await page.goto('/bookings/day?what=out')
    const evening = page.getByRole('listitem').filter({ hasText: 'Evening' })
    await evening.getByRole('button', { name: /^Pick up/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pick up' }).click()
    await page.getByText('It is picked up.').waitFor()
    await evening.getByText('Out', { exact: true }).waitFor()
    await evening.getByRole('button', { name: /^Bring back/ }).waitFor()
  })

  it('extends a checked-out booking', async () => {
    const { page } = admin
    await page.goto('/bookings/day?what=out')
    const visit = page.getByRole('listitem').filter({ hasText: 'Visit' })
    await visit.getByRole('button', { name: /^Pick up/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pick up' }).click()
    await page.getByText('It is picked up.').waitFor()
    await visit.getByRole('link').click()
    await page.getByRole('button', { name: 'Extend' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText(/^It is due /).waitFor()
    await page.getByText('Out', { exact: true }).waitFor()
  })

  it('shows use as bars, as a table and as a file', async () => {
    const { page } = admin
    await page.goto('/bookings/usage?period=year')
    const table = page.getByRole('table')
    await table.getByRole('row', { name: /Lorries/ }).waitFor()
    expect(await page.locator('.usage-bar').count()).toBeGreaterThan(0)
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Person' }).click()
    await table.getByRole('rowheader', { name: 'admin' }).waitFor()
    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export CSV' }).click()
    expect((await file).suggestedFilename()).toBe('utilisation-by-person.csv')
  })

  it('gives the log as a file: what was booked, handed out and returned', async () => {
    const title = '=cmd() to Köln'
    const { id, number } = await book(ofAnna, { type: 'Lorry', title, length_ms: hour_ms })
    const out = [{ odometer: 48_300, fuel: 80 }]
    await need(await ofAnna(`/api/bookings/${id}/check_out`, { items: out }))
    const back = [{ odometer: 48_345, condition: 'damaged', note: 'A dent' }]
    await need(await ofAnna(`/api/bookings/${id}/return`, { items: back }))
    const { page } = admin
    for (const [path, button] of [
      ['/bookings/usage', 'Export bookings'],
      ['/bookings?type=Lorry', 'CSV'],
    ] as const) {
      await page.goto(path)
      const file = page.waitForEvent('download')
      await page.getByRole('button', { name: button, exact: true }).click()
      const saved = await file
      const days = /^bookings-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/
      expect(saved.suggestedFilename()).toMatch(days)
      const lines = (await Bun.file(await saved.path()).text()).split('\r\n')
      const line = lines.find((one) => one.startsWith(number)) ?? ''
      expect(line).toMatch(/,Lorry,\d{4}-\d\d-\d\d \d\d:\d\d,.*,Returned,Anna Berg,\S+@\S+,/)
      expect(line).toContain(",'=cmd() to Köln,")
      expect(line).toEndWith(',48300,48345,45,80,,,Damaged,,A dent')
    }
  })

  it('prints the day for the key cupboard, and nothing else', async () => {
    const { page } = admin
    await page.goto('/bookings/day')
    await page.getByRole('button', { name: 'Print' }).waitFor()
    expect(await page.getByRole('columnheader', { name: 'Signature' }).count()).toBe(0)
    await page.emulateMedia({ media: 'print' })
    await page
      .getByRole('row', { name: /Evening/ })
      .first()
      .waitFor()
    await page.getByRole('columnheader', { name: 'Signature' }).first().waitFor()
    expect(await page.getByRole('navigation').count()).toBe(0)
    expect(await page.getByRole('button').count()).toBe(0)
    await page.emulateMedia({ media: 'screen' })
  })

  it('is not offered to users who manage nothing', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.getByRole('link', { name: 'Waiting list' }).waitFor()
    expect(await page.getByRole('link', { name: 'Usage' }).count()).toBe(0)
  })

  it('had no errors', () => expect(admin.errors).toEqual([]))
})

interface Wish {
  type: string
  title: string
  length_ms: number
}

/** From now on, for that long. */
async function book(request: Requester, { type, title, length_ms }: Wish) {
  const from = Date.now()
  const body = { items: [{ type }], title, from: toText(from), to: toText(from + length_ms) }
  return (await need(await request('/api/bookings', body))) as Booking
}

/** Where it is about 11:00 now, so that what begins in an hour or two is of today. */
function zoneBeforeNoon(): string {
  const ahead = 11 - new Date().getUTCHours()
  // The sign of these names is the other way round.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
}

const toText = (at: number) => new Date(at).toISOString()

async function need(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}
