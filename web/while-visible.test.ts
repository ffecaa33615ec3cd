import { afterAll, beforeAll, it, setDefaultTimeout } from 'bun:test'
import { chromium, type Browser, type Page } from 'playwright-core'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { adminPassword, browserPath, signIn } from '../scripts/browser/stage.ts'

setDefaultTimeout(120_000)

// More than the connections that a browser has for a host.
const loads = 9
const streams = ['/api/allocations/events', '/api/notifications/events']

describeInBrowser('streams of pages that nobody sees', (stage) => {
  let browser: Browser
  beforeAll(async () => {
    // As people have it: pages that were left stay alive for "back".
    browser = await chromium.launch({
      executablePath: browserPath ?? '',
      args: ['--no-sandbox'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    })
  })
  afterAll(() => browser.close())

  async function visit() {
    const context = await browser.newContext({ baseURL: stage.url })
    context.setDefaultTimeout(20_000)
    const page = await context.newPage()
    await signIn(page, 'admin', adminPassword)
    return { context, page }
  }
  const opened = (page: Page) =>
    Promise.all(
      streams.map((path) =>
        page.waitForResponse((response) => new URL(response.url()).pathname === path),
      ),
    )

  const isLive = (page: Page) => page.getByText('Live', { exact: true }).waitFor()

  // Playwright has each page in front; a browser does this for all but one.
  const look = (page: Page, visibilityState: 'visible' | 'hidden') =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, visibilityState)

  it('do not keep the next page of a tab waiting', async () => {
    const { context, page } = await visit()
    for (let load = 0; load < loads; load++) {
      const following = opened(page)
      await page.goto('/bookings', { waitUntil: 'commit' })
      await following
    }
    await context.close()
  })

  it('do not keep other tabs waiting, and go on once it is looked at again', async () => {
    const { context, page: first } = await visit()
    let tab = first
    for (let load = 0; load < loads; load++) {
      await look(tab, 'hidden')
      tab = await context.newPage()
      const following = opened(tab)
      await tab.goto('/bookings', { waitUntil: 'commit' })
      await following
    }
    await first.goto('/bookings')
    await isLive(first)
    await look(first, 'hidden')
    await first.getByText('Live', { exact: true }).waitFor({ state: 'detached' })
    await look(first, 'visible')
    await isLive(first)
    // Left, and brought again by "back", which Playwright cannot follow.
    const turn = (name: string) => first.evaluate((kind) => dispatchEvent(new Event(kind)), name)
    await turn('pagehide')
    await first.getByText('Live', { exact: true }).waitFor({ state: 'detached' })
    await turn('pageshow')
    await isLive(first)
    await context.close()
  })
})
