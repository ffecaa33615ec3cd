/**
 * Measures how the console loads, like Lighthouse: a phone on a slow network; then the board with
 * many bookings on that phone. Prints Markdown.
 */
import type { CDPSession, Page } from 'playwright-core'
import { measureBoard } from './board-load.ts'
import { adminPassword, openStage, samplePassword, signIn } from './stage.ts'

// Lighthouse's "slow 4G", and its processor, four times slower than a desktop's.
const network = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6 * 1024 * 1024) / 8,
  uploadThroughput: (750 * 1024) / 8,
}
const cpuSlowdown = 4
const phone = { width: 412, height: 823 }

interface Figures {
  firstPaint_ms: number
  largestPaint_ms: number
  blocked_ms: number
  shift: number
  transferred_bytes: number
  requests: number
  assets: number
}

const pages = {
  'sign in': '/sign-in',
  'bookings, list': '/bookings?view=list',
  'bookings, timeline': '/bookings?view=week',
  'my bookings': '/book',
  books: '/books',
  'an exercise': '/courses/CSE115',
}

// Filling the board exceeds what any user books.
const stage = await openStage({ USER_LIMIT_PER_MINUTE: '0' })
const rows: string[] = []
for (const [name, path] of Object.entries(pages)) {
  const { page, context } = await stage.visit({ viewport: phone })
  if (path !== '/sign-in') await signIn(page, 'anna', samplePassword)
  const cold = await context.newPage()
  const figures = await measure(cold, await context.newCDPSession(cold), stage.url + path)
  rows.push(toRow(name, figures))
  await context.close()
}
console.log(
  [
    '| page | first paint | largest paint | blocked | layout shift | transferred | ' +
      'requests | assets |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n'),
)
console.log(await measureBoard(stage, { viewport: phone, cpuSlowdown, password: adminPassword }))
await stage.close()

async function measure(page: Page, devtools: CDPSession, url: string): Promise<Figures> {
  await devtools.send('Network.enable')
  await devtools.send('Network.clearBrowserCache')
  await devtools.send('Network.emulateNetworkConditions', network)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown })
  let [transferred_bytes, requests, assets] = [0, 0, 0]
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/assets/')) assets++
    else requests++
  })
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    transferred_bytes += encodedDataLength
  })
  await page.addInitScript(observe)
  await page.goto(url)
  await page.locator('h1').waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
  await page.waitForTimeout(3000)
  const seen = await page.evaluate(() => window.seen)
  return { ...seen, transferred_bytes, requests, assets }
}

/** Runs in the page, before its own scripts. */
function observe(): void {
  const seen = { firstPaint_ms: 0, largestPaint_ms: 0, blocked_ms: 0, shift: 0 }
  window.seen = seen
  const watch = (type: string, note: (entry: Entry) => void) =>
    new PerformanceObserver((list) =>
      list.getEntries().forEach((entry) => note(entry as Entry)),
    ).observe({ type: type as 'paint', buffered: true })
  watch('paint', ({ startTime }) => (seen.firstPaint_ms ||= startTime))
  watch('largest-contentful-paint', ({ startTime }) => (seen.largestPaint_ms = startTime))
  // The part of a task over 50 ms counts as blocking.
  watch('longtask', ({ duration }) => (seen.blocked_ms += Math.max(0, duration - 50)))
  watch('layout-shift', ({ value = 0 }) => (seen.shift += value))
}

interface Entry {
  startTime: number
  duration: number
  value?: number
}

declare global {
  interface Window {
    seen: Omit<Figures, 'transferred_bytes' | 'requests' | 'assets'>
  }
}

function toRow(name: string, figures: Figures): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
  const { firstPaint_ms, largestPaint_ms, blocked_ms, shift, transferred_bytes } = figures
  const { requests, assets } = figures
  const cells = [
    name,
    seconds(firstPaint_ms),
    seconds(largestPaint_ms),
    `${Math.round(blocked_ms)} ms`,
    shift.toFixed(3),
    `${(transferred_bytes / 1000).toFixed(1)} kB`,
    requests,
    assets,
  ]
  return `| ${cells.join(' | ')} |`
}
