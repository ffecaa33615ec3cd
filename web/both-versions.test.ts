import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Locator, Page } from 'playwright-core'
import { findViolations } from '../scripts/browser/axe.ts'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { logIn } from '../scripts/browser/requester.ts'
import { adminPassword, signIn } from '../scripts/browser/stage.ts'
import { addThings } from '../scripts/browser/things.ts'
import {
  providerSecret,
  startProvider,
  type TestProvider,
} from '../services/testing/sign-in-provider.ts'
import type { Booking } from '../shared/schemas/booking.ts'
import type { Resource } from '../shared/schemas/resource.ts'

setDefaultTimeout(120_000)

interface FormKind {
  kind: string
  path: string
  /** Leads from there to the form. */
  open?: (page: Page) => Promise<unknown>
  /** The label of a field, and what is typed into it: by her, by him, and so again. */
  field: string
  typed: readonly [string, string, string, string]
  /** A part of what tells that it is saved, if the form stays. */
  saved?: string
  /** Fills what is not shown. */
  also?: (page: Page) => Promise<unknown>
  /** Who did it, where that is known. */
  by?: string
}

const press = (name: string | RegExp) => (page: Page) =>
  page.getByRole('main').getByRole('button', { name }).first().click()

/** Follows a link of the list first. */
const through = (href: string, name: string | RegExp) => async (page: Page) => {
  await page.getByRole('main').locator(`a[href*="${href}"]`).first().click()
  await press(name)(page)
}

const names = ['Hers', 'His', 'Hers again', 'His again'] as const
const hours = [11, 12, 13, 14].map((hour) => `2035-01-08T${hour}:00`)
const [first = '', second = '', third = '', fourth = ''] = hours
const times = [first, second, third, fourth] as const
const days = '/bookings?view=week&type=Van&date=2035-01-08'

const kinds: FormKind[] = [
  { kind: 'a book', path: '/books/1', open: press('Edit'), field: 'Title', typed: names },
  { kind: 'a course', path: '/courses/CSE115', open: press('Edit'), field: 'Name', typed: names },
  {
    kind: 'an exercise',
    path: '/courses/CSE115',
    open: async (page) => {
      await page.getByRole('main').locator('.rows a').first().click()
      await page.getByRole('link', { name: 'Edit' }).click()
    },
    field: 'Title',
    typed: names,
  },
  {
    kind: 'the name of a file',
    path: '/files',
    open: through('/files/', 'Rename'),
    field: 'Name',
    typed: names,
  },
  {
    kind: 'the name of a group',
    path: '/people/groups',
    open: through('/people/groups/', 'Rename'),
    field: 'Name',
    typed: names,
  },
  {
    kind: 'a webhook',
    path: '/system/webhooks',
    open: through('/system/webhooks/', 'Edit'),
    field: 'Name',
    typed: names,
  },
  {
    kind: 'a sign-in provider',
    path: '/people/sign-in',
    open: press(/^Edit/),
    field: 'Name',
    typed: names,
    also: (page) => page.getByLabel('Current password').fill(adminPassword),
  },
  {
    kind: 'preferences',
    path: '/notifications/preferences',
    field: 'Daily mail at',
    typed: ['06:10', '06:20', '06:30', '06:40'],
    saved: 'Saved.',
  },
  {
    kind: 'a resource',
    path: '/bookings/resources',
    open: through('/bookings/cars/', 'Edit'),
    field: 'Note',
    typed: names,
  },
  {
    kind: 'a type',
    path: '/bookings/resources',
    open: press(/^Edit /),
    field: 'Minutes kept free after',
    typed: ['15', '20', '25', '30'],
  },
  {
    kind: 'a booking',
    path: '',
    open: press('Change booking'),
    field: 'To',
    typed: times,
    by: 'admin',
  },
  {
    kind: 'time in the inventory',
    path: days,
    open: (page) => page.locator('.event', { hasText: 'Repair' }).first().click(),
    field: 'To',
    typed: times,
    by: 'admin',
  },
  {
    kind: 'one’s own name',
    path: '/account',
    // The page knows the user of some minutes ago.
    open: async (page) => {
      await page.evaluate(() => localStorage.removeItem('campus.user'))
      await page.reload()
    },
    field: 'Name shown to others',
    typed: names,
    saved: 'Others see your new name',
  },
]

describeInBrowser('when somebody else was first', (stage) => {
  let her: Page
  let his: Page
  let provider: TestProvider
  let booking = ''

  beforeAll(async () => {
    provider = await startProvider()
    await addThings(stage.url)
    const admin = await logIn(stage.url, 'admin', adminPassword)
    const { issuer } = provider
    const client = { client_id: 'campus', client_secret: providerSecret }
    const whose = { id: 'acme', name: 'Acme', current_password: adminPassword }
    const added = await admin('/api/identity_providers', { ...whose, issuer, ...client })
    const { id } = (await (await admin('/api/resource_types', { name: 'Van' })).json()) as Resource
    const van = await admin('/api/resources', { resource_type: 'Van', name: 'Long van' })
    const { id: vanId } = (await van.json()) as Resource
    const morning = { from_datetime: '2035-01-08T08:00:00Z', to_datetime: '2035-01-08T09:30:00Z' }
    const repair = { ...morning, allocation_type: 'maintenance', description: 'Repair' }
    const repaired = await admin(`/api/resources/${vanId}/allocations`, repair)
    const span = { from: '2035-01-08T08:00:00Z', to: '2035-01-08T09:30:00Z', title: 'Fair' }
    const made = await admin('/api/bookings', { ...span, items: [{ type: 'Car' }] })
    expect([added.status, !id, repaired.status, made.status]).toEqual([201, false, 201, 201])
    booking = `/bookings/${((await made.json()) as Booking).id}`
    const window = await stage.visit()
    await signIn(window.page, 'admin', adminPassword)
    const other = await stage.visit({ storageState: await window.context.storageState() })
    her = window.page
    his = other.page
  })
  afterAll(() => provider?.close())

  const open = async (page: Page, { path, open: toForm, field, also }: FormKind) => {
    await page.goto(path || booking)
    await toForm?.(page)
    const input = page.getByLabel(field, { exact: true })
    await input.waitFor()
    await also?.(page)
    return input
  }

  for (const form of kinds) {
    it(`shows both versions of ${form.kind}, and keeps the chosen one`, async () => {
      const [hersAtFirst, hisAtFirst, hersThen, hisThen] = form.typed
      const hers = await open(her, form)
      const his1 = await open(his, form)
      await his1.fill(hisAtFirst)
      await save(his1)
      await expectSaved(his1, form)

      const sent = listTags(her)
      await hers.fill(hersAtFirst)
      await save(hers)
      const both = her.getByRole('alert').filter({ hasText: 'changed it meanwhile' })
      await both.waitFor()
      const rows = await rowsOf(both)
      expect(rows).toEqual([[form.field, expect.any(String), expect.any(String)]])
      const [mine, theirs] = [rows[0]?.[1] ?? '', rows[0]?.[2] ?? '']
      expect(mine).toContain(toShown(hersAtFirst))
      expect(theirs).toContain(toShown(hisAtFirst))
      if (form.by) await both.getByText(`${form.by} changed it`).waitFor()
      expect(await hers.inputValue()).toBe(hersAtFirst)
      expect(sent).toEqual([])
      await both.getByRole('button', { name: 'Take theirs' }).click()
      expect(await hers.inputValue()).toBe(hisAtFirst)
      expect(await both.count()).toBe(0)
      await form.also?.(her)
      await hers.fill(hersThen)
      await save(hers)
      await expectSaved(hers, form)
      expect(sent).toEqual([expect.stringMatching(/^"v\d+-/)])

      const again = await open(her, form)
      const his2 = await open(his, form)
      expect(await his2.inputValue()).toBe(hersThen)
      await his2.fill(hisThen)
      await save(his2)
      await expectSaved(his2, form)
      await again.fill(hersAtFirst)
      await save(again)
      await both.waitFor()
      expect(await findViolations(her)).toEqual([])
      // The notice has the focus, so its first button is next.
      await her.keyboard.press('Tab')
      await her.keyboard.press('Enter')
      await both.waitFor({ state: 'detached' })
      await expectSaved(again, form)
      expect(await (await open(his, form)).inputValue()).toBe(hersAtFirst)
    })
  }

  it('tells two fields with one label apart', async () => {
    const admin = await logIn(stage.url, 'admin', adminPassword)
    const properties = { note: { type: 'string', title: 'Note' } }
    await admin('/api/resource_types', { name: 'Trailer', property_schema: { properties } })
    const body = { resource_type: 'Trailer', name: 'Trailer 1', properties: { note: 'first' } }
    const { id } = (await (await admin('/api/resources', body)).json()) as Resource
    await her.goto(`/bookings/resources/${id}`)
    await press('Edit')(her)
    const property = her.getByLabel('Note', { exact: true }).first()
    await property.fill('hers')
    await admin(`/api/resources/${id}`, { properties: { note: 'his' } }, 'PATCH')
    await save(property)
    const both = her.getByRole('alert').filter({ hasText: 'changed it meanwhile' })
    await both.waitFor()
    expect(await rowsOf(both)).toEqual([['Note', 'hers', 'his']])
  })
})

/** As the notice has it: a time by its minutes. */
function toShown(typed: string): string {
  return typed.replace(/^.*T/, '')
}

/** The tags of the changes that a page sends. */
function listTags(page: Page): (string | undefined)[] {
  const seen: (string | undefined)[] = []
  page.on('request', (request) => {
    const isApi = new URL(request.url()).pathname.startsWith('/api/')
    if (isApi && /PUT|PATCH/.test(request.method())) seen.push(request.headers()['if-match'])
  })
  return seen
}

async function save(field: Locator): Promise<void> {
  const form = field.page().locator('form').filter({ has: field })
  await form.locator('button[type=submit]').click()
}

/** The form closes, or it is told. */
async function expectSaved(field: Locator, { saved }: FormKind): Promise<void> {
  if (!saved) return field.waitFor({ state: 'detached' })
  const page = field.page()
  await page.getByText(saved).first().waitFor()
  await page.getByRole('button', { name: 'Dismiss' }).first().click()
}

async function rowsOf(both: Locator): Promise<string[][]> {
  const texts = await both.locator('tbody').all()
  return Promise.all(texts.map((row) => row.locator('th, td').allInnerTexts()))
}
