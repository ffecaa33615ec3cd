import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import { hour_ms } from '../../shared/duration.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'

setDefaultTimeout(90_000)

// Next winter, when the browser's clock in Berlin is an hour ahead.
const day = `${new Date().getFullYear() + 1}-02-10`
const at = (hour: number) => `${day}T${String(hour).padStart(2, '0')}:00:00.000Z`
const typed = (hour: number) => at(hour + 1).slice(0, 16)

describeInBrowser('taking a resource out of service', (stage) => {
  let admin: Visitor
  let ofAdmin: Requester
  let ofAnna: Requester
  beforeAll(async () => {
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    ofAnna = await logIn(stage.url, 'anna', samplePassword)
    admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
  })

  async function made<T>(of: Requester, path: string, body: object): Promise<T> {
    const response = await of(path, body)
    expect([path, response.status]).toEqual([path, 201])
    return (await response.json()) as T
  }
  const book = ({ id }: Resource, [from, to]: [number, number], description: string) => {
    const span = { from_datetime: at(from), to_datetime: at(to) }
    return made<Allocation>(ofAnna, `/api/resources/${id}/allocations`, { ...span, description })
  }
  const bookingsOf = async ({ id }: Resource) =>
    (await (await ofAdmin(`/api/resources/${id}/allocations`)).json()) as Allocation[]
  const titlesOf = async (resource: Resource) =>
    (await bookingsOf(resource)).map(({ description }) => description)

  /** Two of a type: the first has three bookings, of which the second can take one. */
  async function addVans(name: string) {
    const { segment } = await made<ResourceType>(ofAdmin, '/api/resource_types', { name })
    const add = (which: string) =>
      made<Resource>(ofAdmin, '/api/resources', { name: `${name} ${which}`, resource_type: name })
    const [van, peer] = [await add('one'), await add('two')]
    await book(van, [9, 10], 'Fair')
    await book(van, [12, 14], 'Airport')
    await book(peer, [13, 15], 'Market')
    const item = { items: [{ resource_id: van.id }], title: 'By rules' }
    await made(ofAnna, '/api/bookings', { ...item, from: at(16), to: at(17) })
    return { van, peer, path: `/bookings/${segment}/${van.id}` }
  }

  const rowsOf = async (page: Page) => {
    const list = page.getByRole('list', { name: 'What becomes of its bookings' })
    await list.waitFor()
    const texts = await list.locator('> li').allInnerTexts()
    return texts.map((text) => text.replaceAll(/\s+/g, ' '))
  }
  async function look(page: Page, name: string): Promise<void> {
    const shots = process.env['SHOTS']
    if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
    expect([name, await findViolations(page)]).toEqual([name, []])
  }
  const fillTimes = async (page: Page) => {
    await page.getByLabel('From').fill(typed(8))
    await page.getByLabel('To', { exact: true }).fill(typed(18))
  }

  it('shows what becomes of each booking before anything is done', async () => {
    const { page } = admin
    const { van, peer, path } = await addVans('Van A')
    await page.goto(path)
    await page.getByRole('link', { name: 'Take out of service' }).click()
    await page.getByRole('heading', { name: 'Take Van A one out of service' }).waitFor()
    await fillTimes(page)
    await page.getByLabel('Why').fill('Gearbox')
    await page.getByRole('button', { name: 'Show the plan' }).click()
    // Names of users come after the plan.
    await page.getByRole('list').getByText('Anna Berg').nth(2).waitFor()
    const rows = await rowsOf(page)
    expect(rows).toHaveLength(3)
    expect(rows[0]).toMatch(/^Anna Berg Fair .*Moves to Van A two/)
    expect(rows[1]).toMatch(/^Anna Berg Airport .*Stays Nothing is free/)
    expect(rows[2]).toMatch(/^Anna Berg By rules .*Stays Booked by rules Move .*Cancel .*Open/)
    await page.getByText('1 booking moves').waitFor()
    await page.getByText('2 bookings stay').waitFor()
    await look(page, 'withdrawal-light')
    expect(await titlesOf(van)).toEqual(['Fair', 'Airport', 'By rules'])
    expect(await titlesOf(peer)).toEqual(['Market'])

    await page.getByRole('button', { name: 'Take it out of service' }).click()
    await page.getByText('out of service in that time, except for 2 bookings.').waitFor()
    expect(await titlesOf(peer)).toEqual(['Fair', 'Market'])
    expect(await titlesOf(van)).toEqual(['Gearbox', 'Airport', 'Gearbox', 'By rules', 'Gearbox'])
    // What stays is shown, and opened by a click.
    await page.getByText('2 bookings stay').waitFor()
    await page.getByRole('button', { name: /^Open/ }).click()
    await page.getByRole('heading', { name: 'By rules' }).waitFor()
    expect(admin.errors).toEqual([])
  })

  it('shows a changed plan before it does anything, by keyboard alone', async () => {
    const { page } = admin
    const { van, peer, path } = await addVans('Van B')
    await page.goto(`${path}/withdrawal`)
    await page.getByRole('button', { name: 'For a time' }).waitFor()
    await fillTimes(page)
    await page.getByLabel('Why').press('Enter')
    expect(await rowsOf(page)).toHaveLength(3)
    await book(peer, [9, 10], 'Meanwhile')
    const act = page.getByRole('button', { name: 'Take it out of service' })
    await page.getByLabel('Why').focus()
    for (let step = 0; step < 5; step++) {
      await page.keyboard.press('Tab')
      if (await act.evaluate((button) => button === document.activeElement)) break
    }
    await page.keyboard.press('Enter')
    await page.getByText('Something changed meanwhile. Nothing was done').waitFor()
    await page.getByText('3 bookings stay').waitFor()
    expect((await rowsOf(page))[0]).toMatch(/Fair .*Stays Nothing is free/)
    await look(page, 'withdrawal-changed')
    expect(await titlesOf(van)).toEqual(['Fair', 'Airport', 'By rules'])
    expect(await act.evaluate((button) => button === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByText('out of service in that time, except for 3 bookings.').waitFor()
    expect((await titlesOf(van)).filter(Boolean)).toEqual(['Fair', 'Airport', 'By rules'])
    expect(admin.errors).toEqual([`412 POST /api/resources/${van.id}/withdrawal`])
    admin.errors.length = 0
  })

  it('moves what it can before it is decommissioned, and cancels only what was shown', async () => {
    const { page } = admin
    const { van, peer, path } = await addVans('Van C')
    await page.goto(`${path}/withdrawal`)
    await page.getByRole('button', { name: 'For good' }).click()
    const rows = await rowsOf(page)
    expect(rows.map((row) => /Moves to|Is cancelled/.exec(row)?.[0])).toEqual([
      'Moves to',
      'Is cancelled',
      'Is cancelled',
    ])
    await page.getByText('2 bookings are cancelled').waitFor()
    await look(page, 'withdrawal-for-good')
    await book(van, [18, 19], 'Meanwhile')
    await page.getByRole('button', { name: 'Decommission' }).click()
    await page.getByText('Something changed meanwhile. Nothing was done').waitFor()
    await page.getByText('2 bookings move').waitFor()
    expect(await titlesOf(van)).toHaveLength(4)
    await page.getByRole('button', { name: 'Decommission' }).click()
    await page.getByText('Van C one is out of service.').waitFor()
    expect(await titlesOf(peer)).toEqual(['Fair', 'Market', 'Meanwhile'])
    expect((await ofAdmin(`/api/resources/${van.id}`)).status).toBe(404)
    admin.errors.length = 0
  })

  /** No answer arrives to the next request there. */
  const lose = (page: Page, path: RegExp, { reached = true, times = 1 } = {}) =>
    page.route(
      path,
      async (route) => {
        if (reached) await route.fetch()
        await route.abort()
      },
      { times },
    )

  it('never says that nothing was done when nobody knows', async () => {
    const { page } = admin
    const { van, peer, path } = await addVans('Van H')
    await page.goto(`${path}/withdrawal`)
    await fillTimes(page)
    await page.getByRole('button', { name: 'Show the plan' }).click()
    await rowsOf(page)
    await lose(page, /\/withdrawal/, { times: 2 })
    const act = page.getByRole('button', { name: 'Take it out of service' })
    await act.click()
    await page.getByText('The server cannot be reached').first().waitFor()
    expect(await titlesOf(peer)).toEqual(['Fair', 'Market'])
    await act.click()
    await page.getByText('Part of it may be done; this is what is left.').waitFor()
    expect(await page.getByText('Nothing was done').count()).toBe(0)
    expect(await rowsOf(page)).toHaveLength(2)
    await act.click()
    await page.getByText('out of service in that time, except for 2 bookings.').waitFor()
    expect((await titlesOf(van)).filter(Boolean)).toEqual(['Airport', 'By rules'])
    admin.errors.length = 0
  })

  it('is decommissioned in two steps, whichever of them is lost', async () => {
    const { page } = admin
    const { van, path } = await addVans('Van I')
    await page.goto(`${path}/withdrawal?for=good`)
    await rowsOf(page)
    const route = new RegExp(`/api/resources/${van.id}(\\?.*)?$`)
    await lose(page, route, { reached: false })
    const act = page.getByRole('button', { name: 'Decommission' })
    await act.click()
    await page.getByText('have moved and it is blocked, but not decommissioned').waitFor()
    await page.getByText('Part of it may be done; this is what is left.').waitFor()
    await lose(page, route)
    await act.click()
    await page.getByText('Van I one is out of service.').waitFor()
    await page.waitForURL(/\/bookings\/resources$/)
    expect((await ofAdmin(`/api/resources/${van.id}`)).status).toBe(404)
    admin.errors.length = 0
  })

  it('says what is wrong with a time', async () => {
    const { page } = admin
    await page.goto('/bookings/resources')
    const runway = await page.getByRole('link', { name: '09L/27R' }).getAttribute('href')
    await page.goto(`${runway}/withdrawal`)
    await page.getByLabel('To', { exact: true }).fill('2020-01-01T08:00')
    await page.getByRole('button', { name: 'Show the plan' }).click()
    await page.getByText('The end must come after the start.').waitFor()
    await page.getByLabel('From').fill(typed(10).replace(':00', ':07'))
    await page.getByLabel('To', { exact: true }).fill(typed(18))
    await page.getByRole('button', { name: 'Show the plan' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('button', { name: 'Take it out of service' }).count()).toBe(0)
    await look(page, 'withdrawal-wrong')
    // Whole slots from now on, without anybody doing sums.
    await page.getByRole('button', { name: 'For good' }).click()
    await page.getByRole('button', { name: 'Decommission' }).waitFor()
    admin.errors.length = 0
  })

  it('cancels all of too many bookings for a plan, and says so before', async () => {
    const { page } = admin
    const { van, peer, path } = await addVans('Van F')
    const hours = Array.from({ length: 200 }, (_, hour) => hour)
    const span = (hour: number) => {
      const from = Date.parse(at(20)) + hour * hour_ms
      return [from, from + hour_ms].map((time) => new Date(time).toISOString())
    }
    await Promise.all(
      hours.map((hour) => {
        const [from_datetime, to_datetime] = span(hour)
        const body = { from_datetime, to_datetime }
        return made(ofAdmin, `/api/resources/${van.id}/allocations`, body)
      }),
    )
    await page.goto(`${path}/withdrawal?for=good`)
    await page.getByText('It has too many bookings to plan for.').waitFor()
    await look(page, 'withdrawal-too-many')
    await page.getByRole('button', { name: 'Decommission' }).click()
    await page.getByText('Van F one is out of service.').waitFor()
    expect(await titlesOf(peer)).toEqual(['Market'])
    expect(admin.errors).toEqual([`409 POST /api/resources/${van.id}/withdrawal`])
    admin.errors.length = 0
  })

  it('begins at a report of damage, in German on a phone in the dark', async () => {
    const { van, path } = await addVans('Van D')
    const now = { from: new Date().toISOString(), to: new Date(Date.now() + hour_ms).toISOString() }
    const item = { items: [{ resource_id: van.id }], title: 'Crash', ...now }
    const { id } = await made<{ id: string }>(ofAnna, '/api/bookings', item)
    for (const step of ['check_out', 'return']) {
      const condition = step === 'return' ? 'damaged' : 'good'
      const done = await ofAnna(`/api/bookings/${id}/${step}`, { items: [{ condition }] })
      expect(done.status).toBe(200)
    }
    const english = await stage.visit()
    await signIn(english.page, 'admin', adminPassword)
    const storageState = await english.context.storageState()
    const german = { ...phone, locale: 'de-DE', storageState, colorScheme: 'dark' } as const
    const { page, errors } = await stage.visit(german)
    await page.goto(path)
    const log = page.locator('section').filter({ hasText: 'Kilometerstand und Schäden' })
    await log.getByRole('link', { name: 'Außer Betrieb nehmen' }).tap()
    await page.getByRole('heading', { name: 'Van D one außer Betrieb nehmen' }).waitFor()
    await page.getByRole('button', { name: 'Für immer' }).tap()
    await page.getByText('1 Buchung zieht um').waitFor()
    await page.getByText('2 Buchungen werden abgesagt').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await look(page, 'withdrawal-phone')
    expect(errors).toEqual([])
  })

  it('is not for members', async () => {
    const { path } = await addVans('Van E')
    const { page } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto(path)
    await page.getByRole('heading', { name: 'Van E one' }).waitFor()
    expect(await page.getByRole('link', { name: 'Take out of service' }).count()).toBe(0)
    await page.goto(`${path}/withdrawal`)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  })
})
