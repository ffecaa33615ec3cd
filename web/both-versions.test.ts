import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Locator, Page } from 'playwright-core'
import { findViolations } from '../scripts/browser/axe.ts'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { adminPassword, signIn } from '../scripts/browser/stage.ts'

setDefaultTimeout(120_000)

interface FormKind {
  kind: string
  path: string
  /** Leads from there to the form. */
  open: (page: Page) => Promise<unknown>
  /** The label of a field, and what is typed into it. */
  field: string
  typed: readonly [string, string, string, string]
}

const press = (name: string | RegExp) => (page: Page) =>
  page.getByRole('main').getByRole('button', { name }).first().click()

const names = ['Hers', 'His', 'Hers again', 'His again'] as const

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
]

describeInBrowser('when somebody else was first', (stage) => {
  let her: Page
  let his: Page

  beforeAll(async () => {
    const first = await stage.visit()
    await signIn(first.page, 'admin', adminPassword)
    const second = await stage.visit({ storageState: await first.context.storageState() })
    her = first.page
    his = second.page
  })

  const open = async (page: Page, { path, open: toForm, field }: FormKind) => {
    await page.goto(path)
    await toForm(page)
    const input = page.getByLabel(field, { exact: true })
    await input.waitFor()
    return input
  }

  for (const form of kinds) {
    it(`shows both versions of ${form.kind}, and keeps the chosen one`, async () => {
      const [hersAtFirst, hisAtFirst, hersThen, hisThen] = form.typed
      const hers = await open(her, form)
      const his1 = await open(his, form)
      await his1.fill(hisAtFirst)
      await save(his1)

      const sent = countChanges(her)
      await hers.fill(hersAtFirst)
      await save(hers, false)
      const both = her.getByRole('alert').filter({ hasText: 'meanwhile' })
      await both.waitFor()
      expect(await rowsOf(both)).toEqual([[form.field, hersAtFirst, hisAtFirst]])
      expect(await hers.inputValue()).toBe(hersAtFirst)
      expect(sent).toEqual([])
      await both.getByRole('button', { name: 'Take theirs' }).click()
      expect(await hers.inputValue()).toBe(hisAtFirst)
      expect(await both.count()).toBe(0)
      await hers.fill(hersThen)
      await save(hers)
      expect(sent).toEqual([expect.stringMatching(/^"v\d+-/)])

      const again = await open(her, form)
      const his2 = await open(his, form)
      expect(await his2.inputValue()).toBe(hersThen)
      await his2.fill(hisThen)
      await save(his2)
      await again.fill(hersAtFirst)
      await save(again, false)
      await both.waitFor()
      expect(await findViolations(her)).toEqual([])
      // The notice has the focus, so its first button is next.
      await her.keyboard.press('Tab')
      await her.keyboard.press('Enter')
      await both.waitFor({ state: 'detached' })
      await expectSaved(again)
      expect(await (await open(his, form)).inputValue()).toBe(hersAtFirst)
    })
  }
})

/** The tags of the changes that a page sends. */
function countChanges(page: Page): (string | undefined)[] {
  const seen: (string | undefined)[] = []
  page.on('request', (request) => {
    const isApi = new URL(request.url()).pathname.startsWith('/api/')
    if (isApi && /PUT|PATCH/.test(request.method())) seen.push(request.headers()['if-match'])
  })
  return seen
}

async function save(field: Locator, isSaved = true): Promise<void> {
  const form = field.page().locator('form').filter({ has: field })
  await form.locator('button[type=submit]').click()
  if (isSaved) await expectSaved(field)
}

/** The form closes. */
async function expectSaved(field: Locator): Promise<void> {
  await field.waitFor({ state: 'detached' })
}

async function rowsOf(both: Locator): Promise<string[][]> {
  const texts = await both.locator('tbody').all()
  return Promise.all(texts.map((row) => row.locator('th, td').allInnerTexts()))
}
