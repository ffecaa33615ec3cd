import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import type { Exercise } from '../../shared/schemas/course.ts'
import type { MemberScores } from '../../shared/schemas/submission.ts'

setDefaultTimeout(90_000)

const right = 'function solve(a, b) { return a + b }'
const wrong = 'function solve(a, b) { return a - b }'
const isRegrade = (url: URL) => url.pathname.startsWith('/api/') && url.pathname.endsWith('regrade')
const test = (expected: number) => ({ name: 'one and two', args: [1, 2], expected })

describeInBrowser('regrading an exercise', (stage) => {
  let admin: Visitor
  let ofAdmin: Requester
  beforeAll(async () => {
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
  })

  /** Judged by a wrong test: Anna, who is right, failed; Ben, who is wrong, passed. */
  async function addExercise(title: string): Promise<Exercise> {
    const body = { title, prompt: 'Add.', language: 'javascript', tests: [test(-1)] }
    const made = await ofAdmin('/api/courses/CSE115/exercises', body)
    const exercise = (await made.json()) as Exercise
    for (const [name, code] of [
      ['anna', right],
      ['ben', wrong],
    ] as const) {
      const of = await logIn(stage.url, name, samplePassword)
      const path = `/api/courses/CSE115/exercises/${exercise.id}/submissions`
      expect((await of(path, { code })).status).toBe(201)
    }
    return exercise
  }
  const correct = ({ id }: Exercise) =>
    ofAdmin(`/api/courses/CSE115/exercises/${id}`, { tests: [test(3)] }, 'PATCH')
  async function scoresOf({ id }: Exercise) {
    const scores = (await (await ofAdmin('/api/courses/CSE115/scores')).json()) as MemberScores[]
    return scores
      .flatMap(({ email, exercises }) =>
        exercises
          .filter(({ exercise_id }) => exercise_id === id)
          .map(({ score }) => `${email.replace(/@.*/, '')} ${score}`),
      )
      .toSorted()
  }
  const rowsOf = async (page: Page, name: string) => {
    const list = page.getByRole('list', { name })
    await list.waitFor()
    const texts = await list.locator('> li').allInnerTexts()
    return texts.map((text) => text.replaceAll(/\s+/g, ' ')).toSorted()
  }
  const press = (page: Page, name: string) =>
    page.getByRole('button', { name, exact: true }).click()
  async function look(page: Page, name: string): Promise<void> {
    const shots = process.env['SHOTS']
    if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
    expect([name, await findViolations(page)]).toEqual([name, []])
  }

  it('is offered after a test was corrected, tried out, and then carried out', async () => {
    const { page } = admin
    const exercise = await addExercise('Wrongly tested')
    await page.goto(`/courses/CSE115/${exercise.id}/edit`)
    await page.getByLabel('Result, as JSON').fill('3')
    await press(page, 'Save')
    await page.getByText('Scores stay as they are until you regrade.').waitFor()
    await page.locator('.toast').getByRole('button', { name: 'Regrade' }).click()
    await page.getByRole('heading', { name: 'Regrade an exercise' }).waitFor()
    expect(await page.getByLabel('Exercise').inputValue()).toBe(exercise.id)
    await press(page, 'Try it out')
    expect(await rowsOf(page, 'Whose score would change')).toEqual([
      expect.stringMatching(/^Anna Berg .*Failed, 0% becomes Passed, 100%$/),
      expect.stringMatching(/^Ben .*Passed, 100% becomes Failed, 0%$/),
    ])
    await page.getByText('2 submissions judged').waitFor()
    await page.getByText('2 scores would change').waitFor()
    await look(page, 'regrade-dry')
    expect(await scoresOf(exercise)).toEqual(['anna 0', 'ben 100'])

    await press(page, 'Regrade for real')
    await page.getByText('2 scores changed').waitFor()
    expect(await rowsOf(page, 'Whose score changed')).toHaveLength(2)
    await look(page, 'regrade-done')
    expect(await scoresOf(exercise)).toEqual(['anna 100', 'ben 0'])
    await press(page, 'Try it out')
    await page.getByText('0 scores would change').waitFor()
    expect(admin.errors).toEqual([])
  })

  it('does not carry out what was not tried out', async () => {
    const { page } = admin
    const exercise = await addExercise('Corrected twice')
    await correct(exercise)
    await page.goto(`/courses/CSE115/regrade?exercise=${exercise.id}`)
    await press(page, 'Try it out')
    await page.getByRole('button', { name: 'Regrade for real' }).waitFor()
    const meanwhile = { tests: [test(-1)] }
    await ofAdmin(`/api/courses/CSE115/exercises/${exercise.id}`, meanwhile, 'PATCH')
    await press(page, 'Regrade for real')
    await page.getByText('The exercise was changed meanwhile. Try it out again.').waitFor()
    expect(await scoresOf(exercise)).toEqual(['anna 0', 'ben 100'])
    await press(page, 'Try it out')
    await page.getByText('0 scores would change').waitFor()
    expect(admin.errors).toEqual([])
  })

  it('goes on where a lost connection stopped it, by keyboard alone', async () => {
    const { page, context } = admin
    const exercise = await addExercise('On a train')
    await correct(exercise)
    await page.goto('/courses/CSE115/regrade')
    await page.getByLabel('Exercise').waitFor()
    await page.getByLabel('Exercise').focus()
    await page.keyboard.type('On a train')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('2 scores would change').waitFor()
    await page.getByRole('button', { name: 'Regrade for real' }).waitFor()
    // A page holds one submission, and the network goes after the first.
    await page.route(isRegrade, async (route) => {
      const url = new URL(route.request().url())
      if (url.searchParams.has('cursor')) await context.setOffline(true)
      url.searchParams.set('limit', '1')
      await route.continue({ url: url.href })
    })
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await page.getByText('1 score changed').waitFor()
    await look(page, 'regrade-offline')
    expect(await scoresOf(exercise)).toEqual(['anna 100', 'ben 100'])
    await page.unroute(isRegrade)
    await context.setOffline(false)
    await page.getByRole('button', { name: 'Go on' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('2 scores changed').waitFor()
    expect(await rowsOf(page, 'Whose score changed')).toHaveLength(2)
    expect(await scoresOf(exercise)).toEqual(['anna 100', 'ben 0'])
  })

  it('names everybody once, whatever answers were lost', async () => {
    const { page } = admin
    const exercise = await addExercise('Lost answers')
    await correct(exercise)
    await page.goto(`/courses/CSE115/regrade?exercise=${exercise.id}`)
    await press(page, 'Try it out')
    await page.getByText('2 scores would change').waitFor()
    let count = 0
    await page.route(isRegrade, async (route) => {
      if (++count > 1) return route.continue()
      expect(await page.getByLabel('Exercise').isDisabled()).toBe(true)
      await route.fetch()
      await route.abort()
    })
    await page.route(`**/exercises/${exercise.id}`, (route) =>
      count === 2 ? route.abort() : route.continue(),
    )
    await press(page, 'Regrade for real')
    await page.getByRole('alert').waitFor()
    expect(await scoresOf(exercise)).toEqual(['anna 100', 'ben 0'])
    await press(page, 'Go on')
    await page.getByText('2 submissions judged').waitFor()
    await page.getByRole('alert').waitFor()
    await page.unroute(`**/exercises/${exercise.id}`)
    await press(page, 'Go on')
    await page.getByText('2 scores changed').waitFor()
    await page.getByText('2 submissions judged').waitFor()
    expect(await rowsOf(page, 'Whose score changed')).toHaveLength(2)
    expect(count).toBe(2)
    await page.unroute(isRegrade)
    admin.errors.length = 0
  })

  it('says when there is nothing to judge, and skips what an address made up', async () => {
    const { page } = admin
    const body = { title: 'New', prompt: 'Add.', language: 'javascript', tests: [test(3)] }
    await ofAdmin('/api/courses/CSE115/exercises', body)
    await page.goto('/courses/CSE115/regrade?exercise=../CSE116')
    await page.getByLabel('Exercise').selectOption({ label: 'New' })
    await press(page, 'Try it out')
    await page.getByText('Nobody has submitted an answer.').waitFor()
    expect(await page.getByRole('button', { name: 'Regrade for real' }).count()).toBe(0)
  })

  it('is in German on a phone in the dark, and not for members', async () => {
    const exercise = await addExercise('Unterwegs')
    await correct(exercise)
    const storageState = await admin.context.storageState()
    const look390 = { ...phone, colorScheme: 'dark' } as const
    const { page, errors } = await stage.visit({ ...look390, locale: 'de-DE', storageState })
    await page.goto(`/courses/CSE115/${exercise.id}`)
    await page.getByRole('link', { name: 'Neu bewerten' }).tap()
    await page.getByRole('button', { name: 'Ausprobieren' }).tap()
    await page.getByText('2 Ergebnisse würden sich ändern').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await look(page, 'regrade-phone')
    expect(errors).toEqual([])
    const member = await stage.visit()
    await signIn(member.page, 'anna', samplePassword)
    await member.page.goto(`/courses/CSE115/${exercise.id}`)
    await member.page.getByRole('heading', { name: 'Unterwegs' }).waitFor()
    expect(await member.page.getByRole('link', { name: 'Regrade' }).count()).toBe(0)
    await member.page.goto('/courses/CSE115/regrade')
    await member.page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  })
})
