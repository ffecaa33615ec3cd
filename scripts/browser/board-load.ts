import type { Page } from 'playwright-core'
import type { Resource } from '../../shared/schemas/resource.ts'
import { addVans } from './fleet.ts'
import { logIn, type Requester } from './requester.ts'
import { signIn, type Stage } from './stage.ts'
import { hour_ms } from '../../shared/duration.ts'

const vans = 300
const bookings = 20_000
const weeks = 8
const firstMonday = Date.parse('2035-05-07T00:00:00Z')
const sideBySide = 64
const runs = 3

interface Phone {
  viewport: { width: number; height: number }
  cpuSlowdown: number
  /** The administrator's. */
  password: string
}

/** Measures a week of a large fleet on a slow phone, and a filter there. */
export async function measureBoard(
  stage: Stage,
  { viewport, cpuSlowdown, password }: Phone,
): Promise<string> {
  const request = await logIn(stage.url, 'admin', password)
  await bookAll(request, await addVans(request, vans))
  const { page, context } = await stage.visit({ viewport })
  await signIn(page, 'admin', password)
  const lines: string[] = []
  for (let run = 0; run < runs; run++) {
    const own = await context.newPage()
    const devtools = await context.newCDPSession(own)
    await devtools.send('Network.clearBrowserCache')
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown })
    await own.addInitScript(watchBars)
    await own.goto('/bookings?view=week&type=Van&date=2035-05-21')
    await own.locator('.event').first().waitFor()
    await own.waitForTimeout(4000)
    const { firstBar_ms, busyUntil_ms } = await own.evaluate(() => window.board)
    const interactive_ms = Math.max(firstBar_ms, busyUntil_ms)
    const filter = await measureFilter(own)
    const cells = [firstBar_ms, interactive_ms, filter.answer_ms].map(
      (ms) => `${Math.round(ms)} ms`,
    )
    lines.push(`| ${[run + 1, ...cells, filter.requests].join(' | ')} |`)
    await own.close()
  }
  return [
    '',
    `${vans} vans, ${bookings} bookings in ${weeks} weeks, of which one week is shown:`,
    '',
    '| run | first booking | interactive | filter | requests of it |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

/** Each van has the same number, side by side through all weeks. */
async function bookAll(request: Requester, fleet: Resource[]): Promise<void> {
  const each_ms = (weeks * 7 * 24 * hour_ms) / (bookings / vans)
  const all = Array.from({ length: bookings }, (_, at) => at)
  const work = async () => {
    for (let at = all.pop(); at !== undefined; at = all.pop()) {
      const from = firstMonday + Math.floor(at / vans) * each_ms
      const made = await request(`/api/resources/${fleet[at % vans]?.id}/allocations`, {
        from_datetime: new Date(from).toISOString(),
        to_datetime: new Date(from + each_ms / 2).toISOString(),
        description: `Round ${at}`,
      })
      if (!made.ok) throw new Error(await made.text())
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, work))
}

/** From the key press to the frame that shows one row, with the requests in between. */
async function measureFilter(page: Page) {
  let requests = 0
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/api/')) requests++
  })
  await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('input[type=search]')
    input?.addEventListener('input', () => {
      const typed = performance.now()
      const look = () => {
        if (document.querySelectorAll('[role=row]').length > 3) return requestAnimationFrame(look)
        window.board.answer_ms = performance.now() - typed
        return undefined
      }
      requestAnimationFrame(look)
    })
  })
  await page.locator('input[type=search]').fill('k-217')
  await page.waitForFunction(() => window.board.answer_ms > 0)
  const { answer_ms } = await page.evaluate(() => window.board)
  await page.waitForTimeout(1500)
  return { answer_ms, requests }
}

/** Runs in the page, before its own scripts. */
function watchBars(): void {
  window.board = { firstBar_ms: 0, busyUntil_ms: 0, answer_ms: 0 }
  const seen = window.board
  const look = () => {
    if (document.querySelector('.event')) seen.firstBar_ms = performance.now()
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      seen.busyUntil_ms = startTime + duration
  }).observe({ type: 'longtask', buffered: true })
}

declare global {
  interface Window {
    board: { firstBar_ms: number; busyUntil_ms: number; answer_ms: number }
  }
}
