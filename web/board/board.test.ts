import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Locator, Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { addVans } from '../../scripts/browser/fleet.ts'
import { boxOf, drag, middleOf } from '../../scripts/browser/mouse.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { addDays, toInputDate } from '../time.ts'

setDefaultTimeout(90_000)

const vans = 300
const month = '/bookings?view=month&date=2035-05-01'
const week = '/bookings?view=week&type=Van&date=2035-05-07'

describeInBrowser('the board', (stage) => {
  let admin: Visitor
  let anna: Visitor
  let ofAnna: Requester
  let fleet: Resource[]

  beforeAll(async () => {
    const ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    ofAnna = await logIn(stage.url, 'anna', samplePassword)
    fleet = await addVans(ofAdmin, vans)
    await bookVans(ofAnna, fleet)
    admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
    anna = await stage.visit()
    await signIn(anna.page, 'anna', samplePassword)
  })

  it('shows a month of 300 vans in few requests, and builds only visible rows', async () => {
    const { page } = admin
    const sent = countRequests(page)
    await page.goto(month)
    await bar(page, 'Van 001', 'Round 1').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    const paths = sent().filter((path) => path.startsWith('/api/'))
    expect(paths.filter((path) => /^\/api\/(?:allocations|resources)$/.test(path))).toHaveLength(2)
    // One stays open for events.
    expect(paths.length).toBeLessThanOrEqual(5)
    expect(await page.getByRole('row').count()).toBeLessThan(60)
    const grid = page.getByRole('grid', { name: 'Calendar' })
    expect(Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThan(vans)
    expect(await findViolations(page)).toEqual([])
  })

  it('fills any width', async () => {
    const { page } = admin
    for (const width of [1280, 1440, 2200]) {
      await page.setViewportSize({ width, height: 860 })
      await page.goto(month)
      await bar(page, 'Van 001', 'Round 1').waitFor()
      const board = await boxOf(page.locator('.board'))
      const track = await boxOf(page.locator('.track').first())
      expect(board.x + board.width).toBeGreaterThan(width - 60)
      expect(Math.abs(board.x + board.width - track.x - track.width)).toBeLessThan(20)
    }
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  it('filters by property and by person, with at most one request', async () => {
    const { page } = admin
    await openBoard(page, month)
    const sent = countRequests(page)
    const filter = page.getByRole('searchbox', { name: 'Filter' })
    await filter.pressSequentially('k-217')
    await page.waitForFunction(() => document.querySelectorAll('[role=row]').length === 2)
    await row(page, 'Van 217').waitFor()
    await page.waitForResponse(/\/api\/directory/)
    expect(sent()).toEqual(['/api/directory'])
    await filter.fill('berg')
    await bar(page, 'Van 002', 'Round 2').waitFor()
    expect(await bar(page, 'Van 001', 'Round 1').count()).toBe(1)
    expect(await row(page, 'Van 217').count()).toBe(0)
  })

  it('is navigated by keyboard only, down to the last row', async () => {
    const { page } = admin
    await openBoard(page, `${month}&type=Van`)
    await page.getByRole('searchbox', { name: 'Filter' }).focus()
    const isFocused = (text: string) =>
      page.waitForFunction((part) => {
        // Not the page itself, which has the focus until the row exists.
        return document.activeElement?.closest('[data-cell]')?.textContent?.includes(part)
      }, text)
    await page.keyboard.press('Tab')
    while ((await page.getByRole('grid').locator(':focus').count()) === 0) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Control+End')
    await isFocused('Van 300')
    await page.keyboard.press('Control+Home')
    await isFocused('Van300')
    await page.keyboard.press('ArrowDown')
    await isFocused('Van 001')
    await page.keyboard.press('ArrowRight')
    await isFocused('Round 1')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('From', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await isFocused('Round 1')
    await page.keyboard.press('n')
    expect(await dialog.getByLabel('From', { exact: true }).inputValue()).toContain('2035-05-07')
    await page.keyboard.press('Escape')
  })

  it('opens a booking by a click on the name beside its bar, and a new one after it', async () => {
    const { page } = admin
    await openBoard(page, `${month}&type=Van`)
    const name = bar(page, 'Van 001', 'Round 1').locator('.beside')
    const { x, y, width, height } = await boxOf(name)
    await page.mouse.click(x + width / 2, y + height / 2)
    const dialog = page.getByRole('dialog', { name: 'Change booking' })
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.mouse.click(x + width + 12, y + height / 2)
    await page.getByRole('dialog', { name: 'New booking' }).waitFor()
    await page.keyboard.press('Escape')
  })

  it('moves to another van by a drag, and undoes it', async () => {
    const { page } = anna
    await page.goto(week)
    const moved = bar(page, 'Van 001', 'Round 1')
    await dragTo(page, moved, row(page, 'Van 004'))
    await page.getByText('Booking moved.').waitFor()
    await bar(page, 'Van 004', 'Round 1').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await moved.waitFor()
  })

  it('extends a booking by its end', async () => {
    const { page } = anna
    await page.goto(week)
    const found = bar(page, 'Van 001', 'Round 1')
    const { x, y, width, height } = await boxOf(found)
    const unit = (await boxOf(page.locator('.track').first())).width / 7 / 24
    const at = { x: x + width - 3, y: y + height / 2 }
    await drag(page, at, { x: at.x + 2 * unit, y: at.y })
    await page.getByText('Booking moved.').waitFor()
    await bar(page, 'Van 001', '19:00').waitFor()
  })

  it('says why it does not fit, and takes another resource by one click', async () => {
    const { page } = anna
    await page.goto(week)
    await dragTo(page, bar(page, 'Van 001', 'Round 1'), row(page, 'Van 002'))
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Van 002 is taken').waitFor()
    await dialog.getByRole('button', { name: /^Take it from/ }).waitFor()
    expect(await findViolations(page)).toEqual([])
    await dialog
      .getByRole('button', { name: /^Van \d+ instead$/ })
      .first()
      .click()
    await page.getByText('Booking moved.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await bar(page, 'Van 001', 'Round 1').waitFor()
  })

  it('moves nothing that somebody else changed meanwhile', async () => {
    const { page } = anna
    // The page is not told.
    await page.route('**/api/allocations/events', (route) => route.abort())
    await page.goto(week)
    const found = bar(page, 'Van 002', 'Round 2')
    await found.waitFor()
    const id = await found.getAttribute('data-id')
    const path = `/api/resources/${fleet[1]?.id}/allocations/${id}`
    await ofAnna(path, { description: 'Round 2, with a trailer' }, 'PATCH')
    await dragTo(page, found, row(page, 'Van 005'))
    await page.getByText(/It is now: Round 2, with a trailer, /).waitFor()
    await bar(page, 'Van 002', 'Round 2, with a trailer').waitFor()
    expect(await bar(page, 'Van 005', 'Round 2').count()).toBe(0)
    await page.unroute('**/api/allocations/events')
  })

  it('approves in place, with one key', async () => {
    const day = (ahead: number) => toInputDate(addDays(new Date(), ahead))
    const asked = await ofAnna('/api/bookings', {
      items: [{ type: 'Truck' }],
      from: `${day(30)}T08:00:00Z`,
      to: `${day(32)}T08:00:00Z`,
      title: 'Trade fair',
    })
    expect(((await asked.json()) as { state: string }).state).toBe('requested')
    const { page } = admin
    await page.goto(`/bookings?view=week&type=Truck&date=${day(31)}`)
    const found = bar(page, 'Truck 1', 'Waiting for approval: Anna Berg Trade fair')
    await found.focus()
    await page.keyboard.press('a')
    await page.getByText('Trade fair is approved.').waitFor()
    await found.waitFor({ state: 'detached' })
    await bar(page, 'Truck 1', 'Trade fair').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Confirmed').waitFor()
    await dialog.getByRole('button', { name: 'Change booking' }).click()
    await page.getByRole('dialog').last().getByLabel('To', { exact: true }).waitFor()
  })

  it('prints all rows', async () => {
    const { page } = admin
    await page.goto(month)
    await bar(page, 'Van 001', 'Round 1').waitFor()
    await page.emulateMedia({ media: 'print' })
    await page.waitForFunction(
      (rows) => document.querySelectorAll('[role=row]').length > rows,
      vans,
    )
    expect(await page.locator('.sidebar').isVisible()).toBe(false)
    await page.emulateMedia({ media: null })
  })

  it('had no errors but the refusals', () => {
    const isRefusal = (line: string) => /^(?:409|412) (?:POST|PATCH) \/api\/resources\//.test(line)
    const isCut = (line: string) => line.includes('ERR_FAILED')
    expect(admin.errors).toEqual([])
    expect(anna.errors.filter((line) => !isRefusal(line) && !isCut(line))).toEqual([])
  })
})

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const bar = (page: Page, name: string, text: string) =>
  page.locator(`.event[aria-label^="${name}"][aria-label*="${text}"]`)

/** The first two are booked on the same morning, the first until the evening. */
async function bookVans(request: Requester, fleet: Resource[]): Promise<void> {
  for (const [at, hours] of [10, 8].entries()) {
    const from = Date.parse('2035-05-07T05:00:00Z')
    const made = await request(`/api/resources/${fleet[at]?.id}/allocations`, {
      from_datetime: new Date(from).toISOString(),
      to_datetime: new Date(from + hours * 3_600_000).toISOString(),
      description: `Round ${at + 1}`,
    })
    if (!made.ok) throw new Error(await made.text())
  }
}

// Bars appear before the names on them.
async function openBoard(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await bar(page, 'Van 001', 'Round 1').and(page.locator('[aria-label*="Anna Berg"]')).waitFor()
}

// Loaded after the page.
const late = new Set(['/api/notifications/events', '/api/bookings/pending'])

/** The page's requests from now on, except cached ones. */
function countRequests(page: Page): () => string[] {
  const sent: string[] = []
  page.on('request', (one) => {
    const { pathname } = new URL(one.url())
    if (!pathname.startsWith('/assets/') && !late.has(pathname)) sent.push(pathname)
  })
  return () => sent
}

async function dragTo(page: Page, found: Locator, to: Locator): Promise<void> {
  const from = await middleOf(found)
  await drag(page, from, { x: from.x, y: (await middleOf(to)).y })
}
