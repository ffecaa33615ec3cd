import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { BrowserContext } from 'playwright-core'
import { busyDay, fillCalendar } from '../scripts/browser/calendar.ts'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { doors, openEveryPage, openPage } from '../scripts/browser/every-page.ts'
import { comeIn, phone } from '../scripts/browser/phone.ts'
import { adminPassword, samplePassword, signIn } from '../scripts/browser/stage.ts'

setDefaultTimeout(240_000)

// Each is a round trip on a bad network. The document counts; assets are cached forever.
const requestsMax = 6
const assetsMax = 8

const day = busyDay.toISOString().slice(0, 10)
const ofMembers = [
  `/bookings?view=week&date=${day}`,
  `/bookings?view=list&date=${day}`,
  '/bookings/find?type=Car',
  '/bookings/waiting',
  '/bookings/resources',
  '/bookings/series',
  '/books',
  '/courses',
  '/courses/CSE115',
  '/files',
  '/people/groups',
  '/account',
  '/notifications',
  '/notifications/preferences',
]
// The bell's number is requested last, once the page is there.
const isBell = (path: string) => path === '/api/notifications/events'

// Visitors without a login have no bell; the phone and display apps load it after everything else.
const hasBell = (path: string) => !/^\/(?:book|display)(?:\/|$)/.test(path) && !doors.includes(path)

// A browser has six connections per host.
const sideBySide = 3

/** The requests of a page opened in a new tab with an empty cache. */
async function countRequests(context: BrowserContext, path: string) {
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Network.clearBrowserCache')
  const seen: string[] = []
  page.on('request', (request) => void seen.push(new URL(request.url()).pathname))
  const bell = hasBell(path) && page.waitForRequest((it) => isBell(new URL(it.url()).pathname))
  await openPage(page, path)
  await bell
  const before = seen.slice(0, seen.some(isBell) ? seen.findIndex(isBell) : seen.length)
  await page.close()
  const isAsset = (it: string) => it.startsWith('/assets/')
  return { requests: before.filter((it) => !isAsset(it)), assets: before.filter(isAsset) }
}

describeInBrowser('what a page costs', (stage) => {
  beforeAll(() => fillCalendar(stage.url))

  const findOver = async (context: BrowserContext, paths: string[]) => {
    const over: Record<string, string[]> = {}
    const look = async (path: string) => {
      const { requests, assets } = await countRequests(context, path)
      if (requests.length > requestsMax) over[path] = requests
      if (assets.length > assetsMax) over[`${path} (assets)`] = assets
    }
    for (let at = 0; at < paths.length; at += sideBySide) {
      await Promise.all(paths.slice(at, at + sideBySide).map(look))
    }
    return over
  }

  it(`is ${requestsMax} requests and ${assetsMax} assets for a member`, async () => {
    const { page, context } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto('/bookings/resources')
    const car = await page.getByRole('link', { name: 'Blue Skoda' }).getAttribute('href')
    expect(await findOver(context, [...ofMembers, car ?? ''])).toEqual({})
  })

  it('is no more for an administrator, on any page', async () => {
    const { page, context } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    const paths = new Set<string>()
    await openEveryPage(page, async () => {
      const { pathname, search } = new URL(page.url())
      paths.add(pathname + search)
    })
    expect(paths.size).toBeGreaterThan(40)
    expect(await findOver(context, [...paths])).toEqual({})
  })

  it('is no more without a login', async () => {
    const { context } = await stage.visit()
    expect(await findOver(context, doors)).toEqual({})
  })

  it('is no more in German', async () => {
    const english = await stage.visit()
    await signIn(english.page, 'admin', adminPassword)
    const storageState = await english.context.storageState()
    const { context } = await stage.visit({ locale: 'de-DE', storageState })
    expect(await findOver(context, ['/bookings/day', '/bookings/setup', '/system/mails'])).toEqual(
      {},
    )
  })

  it('is no more on a phone', async () => {
    const { page, context } = await stage.visit(phone)
    await comeIn(page, 'anna')
    const seen: string[] = []
    const own = await context.newPage()
    own.on('request', (request) => void seen.push(new URL(request.url()).pathname))
    await own.goto('/book')
    await own.locator('.next').waitFor()
    const isAsset = (it: string) => it.startsWith('/assets/')
    expect(seen.filter(isAsset).length).toBeLessThanOrEqual(assetsMax)
    expect(seen.filter((it) => !isAsset(it)).length).toBeLessThanOrEqual(requestsMax)
  })
})
