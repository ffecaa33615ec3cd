import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { findViolations } from '../scripts/browser/axe.ts'
import { fillCalendar } from '../scripts/browser/calendar.ts'
import { doors, openEveryPage, openPage } from '../scripts/browser/every-page.ts'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { adminPassword, signIn, type Stage } from '../scripts/browser/stage.ts'

setDefaultTimeout(240_000)

const phone = { width: 360, height: 740 }
// What remains of a window of 1280 × 860 px at 200 %.
const zoomed = { viewport: { width: 640, height: 430 }, deviceScaleFactor: 2 }
const looks = {
  light: { colorScheme: 'light' },
  'dark at 360 px': { colorScheme: 'dark', viewport: phone },
  'forced colours at 200 %': { ...zoomed, forcedColors: 'active' },
} as const

describeInBrowser('every page of the console', (stage) => {
  beforeAll(async () => {
    await fillCalendar(stage.url)
  })

  const open = async (options: Parameters<Stage['visit']>[0]) => {
    const visitor = await stage.visit(options)
    await signIn(visitor.page, 'admin', adminPassword)
    return visitor
  }

  for (const [name, look] of Object.entries(looks)) {
    it(`has no violations in axe, and is no wider than the window, in ${name}`, async () => {
      const { page, errors } = await open(look)
      const found: Record<string, string[]> = {}
      const walk = async (at: string) => {
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        found[at] = [...(await findViolations(page)), ...(wider > 0 ? [`${wider} px wider`] : [])]
      }
      await openEveryPage(page, walk)
      await openPage(page, '/account')
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.waitForURL(/sign-in/)
      for (const path of doors) {
        await openPage(page, path)
        await walk(path)
      }
      expect(withFindings(found)).toEqual({})
      expect(errors.filter((line) => !isAsked(line))).toEqual([])
    })
  }

  it('has room for the names of all pages on 360 px, also in German', async () => {
    const { page } = await open({ viewport: phone })
    await openPage(page, '/account')
    await page.getByLabel('Language').selectOption('de')
    const pages = page.getByRole('navigation', { name: 'Seiten' })
    await pages.waitFor()
    expect(await pages.evaluate((nav) => nav.scrollWidth - nav.clientWidth)).toBe(0)
  })

  it('speaks German to German readers, and keeps the choice', async () => {
    const { page } = await stage.visit({ locale: 'de-DE' })
    await openPage(page, '/sign-in')
    await page.getByRole('heading', { name: 'Willkommen zurück' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('de')
    const script = () => page.locator('script[src]').getAttribute('src')
    const german = await script()
    await page.getByLabel('Sprache').selectOption('en')
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    const asked: string[] = []
    page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
    await page.reload()
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    // The next parts load in that language only.
    expect(await script()).not.toBe(german)
    expect(asked.filter((path) => /^\/assets\/(?:de|en)-/.test(path))).toEqual([])
  })

  it('says where there is no page below the calendar', async () => {
    const { page } = await open({})
    for (const path of ['/bookings/nothing', '/bookings/nothing?view=week']) {
      await openPage(page, path)
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    }
  })

  it('books by keyboard only', async () => {
    const { page } = await open({})
    await openPage(page, '/bookings?view=list')
    await page.getByRole('button', { name: 'New booking' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'New booking' })
    await dialog.waitFor()
    // The focus is on the first field, and stays within the dialog.
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Enter')
    await page.getByText('Blue Skoda is booked.').waitFor()
    const edit = page.getByRole('button', { name: 'Edit Blue Skoda By keyboard' })
    await edit.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Change booking' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await edit.evaluate((button) => button === document.activeElement)).toBe(true)
  })
})

// The user's missing rating, the missing page, and the unknown invitation.
const isAsked = (line: string) =>
  /^404 (?:GET \/api\/(?:ratings\/\d+\/mine|resources\/0{8}-)|POST \/api\/invitations)/.test(line)

const withFindings = (found: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(found).filter(([, findings]) => findings.length > 0))
