import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import type { Exercise } from '../../shared/schemas/course.ts'
import type { User } from '../../shared/schemas/user.ts'

setDefaultTimeout(90_000)

const kept = 'This is what you typed last time; it is not saved yet.'

describeInBrowser('what is typed', (stage) => {
  let ofAdmin: Requester
  beforeAll(async () => {
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    const [ben] = (await (await ofAdmin('/api/users?q=ben')).json()) as User[]
    expect((await ofAdmin(`/api/users/${ben?.id}`, { role: 'admin' }, 'PATCH')).status).toBe(200)
  })

  async function addExercise(named: string): Promise<Exercise> {
    const tests = [{ name: 'one and two', args: [1, 2], expected: 3 }]
    const body = { title: named, prompt: 'Add.', language: 'javascript', tests }
    const made = await ofAdmin('/api/courses/CSE115/exercises', body)
    expect(made.status).toBe(201)
    return (await made.json()) as Exercise
  }
  const formOf = ({ id }: Exercise) => `/courses/CSE115/${id}/edit`
  const title = (page: Page) => page.getByLabel('Title')
  const press = (page: Page, name: string) =>
    page.getByRole('button', { name, exact: true }).click()
  const draftsOf = (page: Page) =>
    page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('draft')))
  async function look(page: Page, name: string): Promise<void> {
    const shots = process.env['SHOTS']
    if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
    expect([name, await findViolations(page)]).toEqual([name, []])
  }

  it('by an author outlives a lost connection and a closed window, until it is saved', async () => {
    const { page, context } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/courses/CSE115/new')
    await title(page).fill('Written on a train')
    expect(await page.getByText(kept).count()).toBe(0)
    await page.getByRole('textbox', { name: 'What the editor starts with' }).click()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('// Between two tunnels')
    await context.setOffline(true)
    await page.getByLabel('What is asked (Markdown)').fill('Count the *sheep*.')
    await page.getByLabel('Name', { exact: true }).fill('two')
    await page.getByLabel('Arguments, as a JSON array').fill('[["sheep", "sheep"]]')
    await page.getByLabel('Result, as JSON').fill('2')
    await press(page, 'Save')
    await page.getByText('The server cannot be reached.').waitFor()
    await page.close()
    await context.setOffline(false)

    const again = await context.newPage()
    await again.goto('/courses/CSE115/new')
    await again.getByText(kept).waitFor()
    expect(await title(again).inputValue()).toBe('Written on a train')
    expect(await again.getByLabel('Result, as JSON').inputValue()).toBe('2')
    await again.getByText('// Between two tunnels').waitFor()
    await look(again, 'draft-kept')
    await press(again, 'Save')
    await again.getByRole('heading', { name: 'Written on a train' }).waitFor()
    expect(await draftsOf(again)).toEqual([])
    await again.goto('/courses/CSE115/new')
    await title(again).waitFor()
    expect([await title(again).inputValue(), await again.getByText(kept).count()]).toEqual(['', 0])
  })

  it('never overwrites what another author saved meanwhile, and can be discarded', async () => {
    const exercise = await addExercise('Shared')
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto(formOf(exercise))
    await title(page).fill('Hers')
    await ofAdmin(`/api/courses/CSE115/exercises/${exercise.id}`, { title: 'His' }, 'PATCH')
    await page.reload()
    await page.getByText(kept).waitFor()
    await press(page, 'Save')
    const both = page.getByRole('alert').filter({ hasText: 'meanwhile' })
    await both.waitFor()
    expect((await both.locator('td').allInnerTexts()).map((text) => text.trim())).toEqual([
      'Hers',
      'His',
    ])
    await press(page, 'Discard it')
    await page.getByText(kept).waitFor({ state: 'detached' })
    expect(await title(page).inputValue()).toBe('His')
    // Typed and taken back is no draft.
    await title(page).fill('Mine')
    await title(page).fill('His')
    expect(await draftsOf(page)).toEqual([])
  })

  it('is made once, and changed once, though the responses are lost', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    const lose = (method: string) =>
      page.route('**/exercises**', async (route) => {
        if (route.request().method() !== method) return route.continue()
        await route.fetch()
        await route.abort()
      })
    const saveLost = async (method: string) => {
      await lose(method)
      await press(page, 'Save')
      await page.getByText('The server cannot be reached.').waitFor()
      await page.unrouteAll()
    }
    await page.goto('/courses/CSE115/new')
    await title(page).fill('Only one')
    await page.getByLabel('What is asked (Markdown)').fill('Add.')
    await page.getByLabel('Name', { exact: true }).fill('two')
    await page.getByLabel('Arguments, as a JSON array').fill('[1, 1]')
    await page.getByLabel('Result, as JSON').fill('2')
    await saveLost('POST')
    await page.reload()
    await page.getByText(kept).waitFor()
    await press(page, 'Save')
    await page.getByRole('heading', { name: 'Only one' }).waitFor()
    const listed = await (await ofAdmin('/api/courses/CSE115/exercises')).text()
    expect(listed.match(/Only one/g)).toHaveLength(1)

    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Arguments, as a JSON array').fill('[2, 0]')
    await saveLost('PATCH')
    await press(page, 'Save')
    await page.getByRole('heading', { name: 'Only one' }).waitFor()
  })

  it('comes back after it was discarded, and the form has the focus', async () => {
    const exercise = await addExercise('Saved')
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto(formOf(exercise))
    await title(page).fill('Long work')
    const draft = await page.evaluate(() => JSON.stringify({ ...localStorage }))
    // What nobody typed is not kept on the device.
    expect(draft).not.toContain('one and two')
    await page.reload()
    await press(page, 'Discard it')
    await page.getByText('What you typed has been discarded.').waitFor()
    expect(await title(page).evaluate((it) => it === document.activeElement)).toBe(true)
    expect([await title(page).inputValue(), await draftsOf(page)]).toEqual(['Saved', []])
    await look(page, 'draft-discarded')
    await press(page, 'Undo')
    expect(await title(page).inputValue()).toBe('Long work')
    expect(await title(page).evaluate((it) => it === document.activeElement)).toBe(true)
    expect(await draftsOf(page)).toHaveLength(1)
  })

  it('is of its own window, and not kept for ever', async () => {
    const { page, context } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/courses/CSE115/new')
    const other = await context.newPage()
    await other.goto('/courses/CSE115/new')
    await title(page).fill('Of the first window')
    await title(other).fill('Of the second')
    await title(other).fill('')
    expect(await draftsOf(page)).toHaveLength(1)
    await page.close()
    await other.evaluate(() => {
      const old = Date.now() - 31 * 24 * 3_600_000
      const keys = ['campus.draft.1', 'campus.setup.1', `campus.draft 1 answer 1 ${old}`]
      for (const key of keys) localStorage.setItem(key, '"old"')
    })
    await other.reload()
    await other.getByText(kept).waitFor()
    expect(await title(other).inputValue()).toBe('Of the first window')
    expect(await draftsOf(other)).toHaveLength(1)
    expect(await other.evaluate(() => localStorage.getItem('campus.setup.1'))).toBe(null)
  })

  it('keeps the digits of numbers past 2^53', async () => {
    const exercise = await addExercise('Large')
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto(formOf(exercise))
    await page.getByLabel('Result, as JSON').fill('9007199254740993')
    await press(page, 'Save')
    await page.getByRole('heading', { name: 'Large' }).waitFor()
    await page.goto(formOf(exercise))
    await title(page).fill('Larger')
    await page.reload()
    await page.getByText(kept).waitFor()
    await press(page, 'Save')
    await page.getByRole('heading', { name: 'Larger' }).waitFor()
    const { id } = exercise
    const text = await (await ofAdmin(`/api/courses/CSE115/exercises/${id}`)).text()
    expect(text).toContain('9007199254740993')
  })

  it('is of nobody else, stays when a login ends by itself, and goes with a log-out', async () => {
    const exercise = await addExercise('Private')
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto(formOf(exercise))
    await title(page).fill('Not for Ben')
    const elsewhere = await logIn(stage.url, 'admin', adminPassword)
    expect((await elsewhere('/api/logins', undefined, 'DELETE')).status).toBe(204)
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    await page.reload()
    await page.waitForURL(/sign-in/)
    await signIn(page, 'ben', samplePassword)
    await page.goto(formOf(exercise))
    await title(page).waitFor()
    expect([await title(page).inputValue(), await page.getByText(kept).count()]).toEqual([
      'Private',
      0,
    ])
    await title(page).fill('Not for the admin')
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.waitForURL(/sign-in/)

    await signIn(page, 'admin', adminPassword)
    await page.goto(formOf(exercise))
    await page.getByText(kept).waitFor()
    expect(await title(page).inputValue()).toBe('Not for Ben')
    expect(await draftsOf(page)).toHaveLength(1)
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.waitForURL(/sign-in/)
    expect(await draftsOf(page)).toEqual([])
  })

  it('leaves the screen when another tab logs in as somebody else', async () => {
    const exercise = await addExercise('Two tabs')
    const { page, context } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto(formOf(exercise))
    await title(page).fill('Not for Ben')
    // A login of another tab, as the server and this browser see it.
    const fresh = await stage.visit()
    await signIn(fresh.page, 'ben', samplePassword)
    const bens = await fresh.page.evaluate(() => ({ ...localStorage }))
    const tab = await context.newPage()
    await tab.goto('/swagger')
    await tab.evaluate((all) => {
      for (const [key, value] of Object.entries(all)) localStorage.setItem(key, value as string)
    }, bens)
    await page.waitForFunction(() => {
      const field = document.querySelector('input')
      return field?.value === 'Two tabs'
    })
    expect(await page.getByText(kept).count()).toBe(0)
  })

  it('by a member outlives a lost connection until it passes', async () => {
    const exercise = await addExercise('Sum')
    const { page, context } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    const path = `/courses/CSE115/${exercise.id}`
    await page.goto(path)
    await page.getByRole('textbox', { name: 'Your answer' }).click()
    await page.keyboard.press('ControlOrMeta+a')
    await context.setOffline(true)
    await page.keyboard.type('solve = (a, b) => a + b')
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.getByText('The server cannot be reached.').waitFor()
    await page.close()
    await context.setOffline(false)

    const again = await context.newPage()
    await again.goto(path)
    await again.getByText('solve = (a, b) => a + b').waitFor()
    await again.getByRole('button', { name: 'Run' }).click()
    await again.getByRole('heading', { name: 'Passed 100%' }).waitFor()
    expect(await draftsOf(again)).toEqual([])
    await again.goto(path)
    await again.getByText('attempt 1').waitFor()
    expect(await again.getByText('solve = (a, b) => a + b').count()).toBe(0)
  })

  it('is said to be there in German, on a phone in the dark', async () => {
    const english = await stage.visit()
    await signIn(english.page, 'admin', adminPassword)
    const storageState = await english.context.storageState()
    const look390 = { ...phone, colorScheme: 'dark' } as const
    const { page, errors } = await stage.visit({ ...look390, locale: 'de-DE', storageState })
    await page.goto('/courses/CSE115/new')
    await page.getByLabel('Titel').fill('Unterwegs')
    await page.reload()
    await page.getByText('Das ist der zuletzt getippte Stand').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await look(page, 'draft-phone')
    await page.getByRole('button', { name: 'Verwerfen' }).tap()
    expect(await page.getByLabel('Titel').inputValue()).toBe('')
    expect(errors).toEqual([])
  })
})
