import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { addVans } from '../../scripts/browser/fleet.ts'
import { boxOf, drag } from '../../scripts/browser/mouse.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'

setDefaultTimeout(90_000)

const day = '2035-06-04'
const week = `/bookings?view=week&type=Van&date=${day}`

describeInBrowser('the board while others book', (stage) => {
  let visitor: Visitor
  let request: Requester
  let fleet: Resource[]

  beforeAll(async () => {
    request = await logIn(stage.url, 'admin', adminPassword)
    fleet = await addVans(request, 12)
    visitor = await stage.visit()
    await signIn(visitor.page, 'admin', adminPassword)
  })

  async function book(van: number, [from, to]: [string, string], description: string) {
    const made = await request(`/api/resources/${fleet[van]?.id}/allocations`, {
      from_datetime: `${from}:00Z`,
      to_datetime: `${to}:00Z`,
      description,
    })
    expect(made.status).toBe(201)
  }
  const bar = (page: Page, van: string, text: string) =>
    page.locator(`.event[aria-label^="${van}"][aria-label*="${text}"]`)

  it('shows the requested window, whichever response comes first', async () => {
    const { page } = visitor
    await book(0, ['2035-07-10T08:00', '2035-07-12T08:00'], 'In July')
    await page.goto('/bookings?view=month&type=Van&date=2035-05-01')
    await page.getByText('Live', { exact: true }).waitFor()
    // The response for June comes after the one for July.
    let free = () => {}
    const held = new Promise<void>((resolve) => (free = resolve))
    await page.route(/\/api\/allocations\?.*2035-0(5-31|6-01)/, async (route) => {
      await held
      await route.continue()
    })
    const later = page.getByRole('button', { name: 'Later' })
    await later.click()
    await later.click()
    await bar(page, 'Van 001', 'In July').waitFor()
    free()
    await page.waitForTimeout(500)
    await page.unrouteAll()
    expect(await bar(page, 'Van 001', 'In July').count()).toBe(1)
  })

  it('removes a moved booking from its former row', async () => {
    const { page } = visitor
    const made = await request('/api/bookings', {
      items: [{ resource_id: fleet[1]?.id }],
      from: `${day}T06:00:00Z`,
      to: `${day}T08:00:00Z`,
      title: 'Moved',
    })
    const { id, items } = (await made.json()) as Booking
    await page.goto(week)
    await bar(page, 'Van 002', 'Moved').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    const swap = [{ allocation_id: items[0]?.allocation_id, resource_id: fleet[2]?.id }]
    expect((await request(`/api/bookings/${id}`, { swap }, 'PATCH')).status).toBe(200)
    await bar(page, 'Van 003', 'Moved').waitFor()
    await bar(page, 'Van 002', 'Moved').waitFor({ state: 'detached' })
  })

  it('acts on the focused booking, even if others were inserted before it', async () => {
    const { page } = visitor
    await book(3, [`${day}T12:00`, `${day}T14:00`], 'In focus')
    await page.goto(week)
    const found = bar(page, 'Van 004', 'In focus')
    await found.focus()
    await page.getByText('Live', { exact: true }).waitFor()
    await book(3, [`${day}T04:00`, `${day}T06:00`], 'Earlier')
    await bar(page, 'Van 004', 'Earlier').waitFor()
    // An hour after the focused one, not after the one at its former position.
    await page.keyboard.press('n')
    const from = page.getByRole('dialog').getByLabel('From', { exact: true })
    expect(await from.inputValue()).toBe(`${day}T16:00`)
    await page.keyboard.press('Escape')
  })

  it('opens a booking by keyboard after one was drawn by mouse', async () => {
    const { page } = visitor
    await page.goto(week)
    const found = bar(page, 'Van 004', 'In focus')
    await found.waitFor()
    const track = await boxOf(page.locator('.track').nth(5))
    const y = track.y + track.height / 2
    await drag(page, { x: track.x + 300, y }, { x: track.x + 360, y })
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await found.focus()
    await page.keyboard.press('Enter')
    await dialog.getByLabel('What for').waitFor()
    await page.keyboard.press('Escape')
  })

  it('is printed as on the screen: row below row', async () => {
    const { page } = visitor
    await page.goto(week)
    await bar(page, 'Van 004', 'In focus').waitFor()
    await page.emulateMedia({ media: 'print' })
    const rows = await page.getByRole('row').all()
    const tops = await Promise.all(rows.map(async (row) => (await boxOf(row)).y))
    const heights = await Promise.all(rows.map(async (row) => (await boxOf(row)).height))
    for (const [at, top] of tops.slice(1).entries()) {
      expect(Math.abs(top - (tops[at] ?? 0) - (heights[at] ?? 0))).toBeLessThan(2)
    }
    await page.emulateMedia({ media: null })
  })

  it('has its switches in two rows of full width at 1280', async () => {
    const { page } = visitor
    await page.goto(week)
    const rows = await page.locator('.toolbar').all()
    expect(rows).toHaveLength(2)
    for (const row of rows) expect((await boxOf(row)).height).toBeLessThan(60)
  })
})
