import { expect, it, setDefaultTimeout } from 'bun:test'
import type { BrowserContextOptions } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { openPage } from '../../scripts/browser/every-page.ts'
import { logIn } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

const knownFor_ms = 3100

describeInBrowser('a display', (stage) => {
  async function callAsAdmin() {
    const send = await logIn(stage.url, 'admin', adminPassword)
    return async <T>(path: string, body: object) => {
      const response = await send(path, body)
      expect([path, response.status]).toEqual([path, 201])
      return (await response.json()) as T
    }
  }

  const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const showing = { viewport: { width: 1280, height: 720 } }

  async function open(url: string, options: BrowserContextOptions = showing) {
    const visitor = await stage.visit(options)
    await visitor.page.clock.install()
    await visitor.page.goto(url)
    await visitor.page.locator('.resource').first().waitFor()
    return visitor
  }

  it('is created in the console, opened on a screen, and gone once it is revoked', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/bookings/resources')
    await page.getByRole('link', { name: 'Displays' }).click()
    await page.getByRole('button', { name: 'Add display' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('Gate 3')
    await dialog.getByRole('searchbox', { name: 'Filter' }).fill('fiat')
    await dialog.getByLabel('Red Fiat').check()
    await dialog.getByRole('button', { name: 'Add display' }).click()
    await page.getByText('It is not shown again').waitFor()
    expect(await findViolations(page)).toEqual([])
    const link = await page.getByLabel('Link', { exact: true }).inputValue()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    expect(await page.content()).not.toContain(new URL(link).pathname)

    const screen = await open(link)
    expect(await screen.page.locator('h1').textContent()).toBe('Gate 3')
    expect(await screen.page.locator('.resource').innerText()).toMatch(/Red Fiat\s+✓\s*Free/)
    await page.getByRole('button', { name: 'Revoke Gate 3' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Gate 3 is revoked.').waitFor()
    await screen.page.clock.fastForward('00:16')
    await screen.page.getByText('This display was revoked').waitFor()
    expect(await screen.page.locator('.resource').count()).toBe(0)
    expect(errors).toEqual([])
  })

  it("that is empty because of its maker's rights says so in the console", async () => {
    const admin = await logIn(stage.url, 'admin', adminPassword)
    const [anna] = (await (await admin('/api/users?q=anna')).json()) as { id: string }[]
    const setRole = async (role: string) =>
      expect((await admin(`/api/users/${anna?.id}`, { role }, 'PATCH')).status).toBe(200)
    await setRole('admin')
    const her = await logIn(stage.url, 'anna', samplePassword)
    const call = await callAsAdmin()
    const hidden = { resource_type: 'Car', name: 'Director’s car', visible_to: [] }
    const { id } = await call<{ id: string }>('/api/resources', hidden)
    const made = await her('/api/displays', { name: 'Directors', resource_ids: [id] })
    const { url } = (await made.json()) as { url: string }
    const screen = await open(url)
    const { page, errors } = await stage.visit({ viewport: { width: 390, height: 844 } })
    await signIn(page, 'admin', adminPassword)
    await openPage(page, '/bookings/displays')
    await page.getByText('Directors', { exact: true }).first().waitFor()
    expect(await page.getByText('Shows less').count()).toBe(0)

    await setRole('member')
    // Accounts and displays are cached for a few seconds.
    await page.waitForTimeout(knownFor_ms)
    await screen.page.clock.fastForward('00:16')
    await screen.page.getByText('There is nothing to show.').waitFor()
    await openPage(page, '/bookings/displays')
    await page.getByText('Shows less').waitFor()
    await page.getByText('Give Anna Berg the right back, or add another display').waitFor()
    expect(await findViolations(page)).toEqual([])
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/less.png` })

    await setRole('admin')
    await page.waitForTimeout(knownFor_ms)
    await screen.page.clock.fastForward('00:16')
    await screen.page.getByText('Director’s car').waitFor()
    await openPage(page, '/bookings/displays')
    await page.getByText('Directors', { exact: true }).first().waitFor()
    expect(await page.getByText('Shows less').count()).toBe(0)
    await setRole('member')
    expect(errors).toEqual([])
  })

  it('follows bookings, says when it is outdated, and resumes with the network', async () => {
    const call = await callAsAdmin()
    const car = await call<{ id: string }>('/api/cars', { name: 'Car of the display' })
    const body = { name: 'Bay 7', resource_ids: [car.id], with_names: true }
    const { url } = await call<{ url: string }>('/api/displays', body)
    const { page, context, errors } = await open(url)
    await page.locator('.free').waitFor()
    const span = { from_datetime: soon(-1), to_datetime: soon(1), description: 'Trade fair' }
    await call(`/api/cars/${car.id}/allocations`, span)
    // Responses are shared for three seconds.
    const taken = page.locator('.taken')
    for (let asked = 0; asked < 30 && (await taken.count()) === 0; asked++) {
      const answer = page.waitForResponse(/\/api\/displays\/now\//)
      await page.clock.fastForward('00:15')
      await answer
      await Bun.sleep(200)
    }
    await page.getByText('Trade fair').waitFor()

    await context.setOffline(true)
    await page.clock.fastForward('00:45')
    expect(await page.locator('.stale').count()).toBe(0)
    await page.clock.fastForward('00:20')
    const notice = page.getByText(/No connection since \d\d:\d\d/)
    await notice.waitFor()
    expect(await page.locator('body').getAttribute('class')).toBe('stale')
    expect(await taken.count()).toBe(1)
    expect(await findViolations(page)).toEqual([])
    await context.setOffline(false)
    await notice.waitFor({ state: 'detached' })
    expect(await page.locator('.stale').count()).toBe(0)
    expect(errors).toEqual([])
  })

  it('spreads evenly over pages, so that none has a single one', async () => {
    const call = await callAsAdmin()
    const { name: type } = await call<{ name: string }>('/api/resource_types', {
      name: 'Trolley',
    })
    const add = (at: number) =>
      call('/api/resources', { resource_type: type, name: `Delivery trolley ${at}` })
    for (let at = 1; at <= 10; at++) await add(at)
    const { url } = await call<{ url: string }>('/api/displays', { name: 'Trolleys', type })
    const { page } = await open(url, { viewport: { width: 1920, height: 1080 } })
    await page.getByText('10 of 10').waitFor()
    expect(await page.locator('h2').count()).toBe(5)
    const shot = process.env['SHOTS']
    if (shot) await page.screenshot({ path: `${shot}/display-ten.png` })
    for (let at = 11; at <= 14; at++) await add(at)
    await page.reload()
    await page.getByText('14 of 14').waitFor()
    expect(await page.locator('h2').count()).toBe(7)
  })

  it('pages through a fleet without scrolling, also in portrait, in its own language', async () => {
    const call = await callAsAdmin()
    const { name: type } = await call<{ name: string }>('/api/resource_types', {
      name: 'Bicycle',
    })
    for (let at = 1; at <= 14; at++) {
      const body = { resource_type: type, name: `Bicycle ${at}` }
      const { id } = await call<{ id: string }>('/api/resources', body)
      const repair = { allocation_type: 'maintenance', from_infinity: true, to_infinity: true }
      if (at === 2) await call(`/api/resources/${id}/allocations`, repair)
    }
    const made = { name: 'Fahrräder', type, language: 'de', time_zone: 'Europe/Berlin' }
    const { url } = await call<{ url: string }>('/api/displays', made)
    const upright = { viewport: { width: 390, height: 780 }, colorScheme: 'dark' as const }
    for (const options of [showing, upright]) {
      const { page, errors } = await open(url, options)
      await page.getByText('13 von 14 frei').waitFor()
      expect(await page.locator('html').getAttribute('lang')).toBe('de')
      const seen = new Set<string>()
      for (let turn = 0; turn < 3; turn++) {
        for (const name of await page.locator('h2').allTextContents()) seen.add(name)
        await page.clock.fastForward('00:10')
      }
      expect(seen.size).toBe(14)
      const [first] = await page.locator('h2').allTextContents()
      expect(first).toMatch(/^Bicycle [18]$/)
      const cut = await page.evaluate(() => {
        const cards = [...document.querySelectorAll('.resource')]
        const isCut = (card: Element) =>
          card.scrollHeight > card.clientHeight || card.getBoundingClientRect().bottom > innerHeight
        return cards.filter(isCut).map(({ textContent }) => textContent)
      })
      expect(cut).toEqual([])
      expect(await findViolations(page)).toEqual([])
      expect(errors).toEqual([])
    }
  })
})
