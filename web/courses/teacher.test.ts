import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { phone } from '../../scripts/browser/phone.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import type { Exercise } from '../../shared/schemas/course.ts'

setDefaultTimeout(90_000)

const course = '/courses/ALG1'
const written = '// by Anna\nfunction solve(a, b) { return a - b }'

describeInBrowser('the teacher of a course', (stage) => {
  let ofAdmin: Requester
  let ofAnna: Requester
  beforeAll(async () => {
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    ofAnna = await logIn(stage.url, 'anna', samplePassword)
    const body = { code: 'ALG1', name: 'Algorithms 1', instructor: 'Department of Mathematics' }
    expect((await ofAdmin('/api/courses', body)).status).toBe(201)
  })

  const press = (page: Page, name: string) =>
    page.getByRole('button', { name, exact: true }).click()
  async function look(page: Page, name: string): Promise<void> {
    await page.getByRole('heading', { level: 1 }).waitFor()
    const shots = process.env['SHOTS']
    if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
    expect([name, await findViolations(page)]).toEqual([name, []])
  }
  const namesOf = async (page: Page, role: 'button' | 'link') =>
    (await page.locator('main').getByRole(role).allInnerTexts()).map((text) => text.trim())
  async function addExercise(title: string): Promise<Exercise> {
    const tests = [{ name: 'one and two', args: [1, 2], expected: 3 }]
    const body = { title, prompt: 'Add.', language: 'javascript', tests }
    const made = await ofAdmin(`/api${course}/exercises`, body)
    expect(made.status).toBe(201)
    return (await made.json()) as Exercise
  }

  it('is named by an administrator, and edits the exercises of that course only', async () => {
    const admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
    await admin.page.goto(course)
    await press(admin.page, 'Edit')
    const dialog = admin.page.getByRole('dialog')
    await dialog.getByLabel('Add a teacher').fill('ben')
    await dialog.getByRole('button', { name: 'Ben Okoro' }).click()
    await dialog.getByRole('list', { name: 'Teachers' }).getByText('Ben Okoro').first().waitFor()
    await look(admin.page, 'teacher-dialog')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await admin.page.getByText('Teachers: Ben Okoro').waitFor()

    const { page } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    await page.goto(course)
    await page.getByRole('link', { name: 'Add an exercise' }).click()
    await page.getByLabel('Title').fill('Sums')
    await page.getByLabel('What is asked (Markdown)').fill('Add.')
    await page.getByLabel('Name', { exact: true }).fill('one and two')
    await page.getByLabel('Arguments, as a JSON array').fill('[1, 2]')
    await page.getByLabel('Result, as JSON').fill('3')
    await press(page, 'Save')
    await page.getByRole('heading', { name: 'Sums' }).waitFor()
    expect(await namesOf(page, 'link')).toEqual(['ALG1', 'Edit', 'Regrade'])
    await page.goto(course)
    await page.getByRole('link', { name: 'Add an exercise' }).waitFor()
    // The course itself is not hers.
    expect(await namesOf(page, 'button')).toEqual([])
    await page.goto('/courses/CSE115')
    await page.locator('main').getByRole('listitem').first().waitFor()
    expect(await namesOf(page, 'button')).toEqual([])
    expect(await page.getByRole('link', { name: 'Add an exercise' }).count()).toBe(0)
    await page.goto('/courses/CSE115/regrade')
    await page.getByText('There is no such page').waitFor()
  })

  it("reads a student's attempts, by exercise, beside an editor of her own", async () => {
    const exercise = await addExercise('Differences')
    const submissions = `/api${course}/exercises/${exercise.id}/submissions`
    for (const code of [written, 'function solve(a, b) { return a + b }'])
      expect((await ofAnna(submissions, { code })).status).toBe(201)
    const { page } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    await page.goto(course)
    await look(page, 'teacher-course')
    await page.getByRole('link', { name: 'Anna Berg' }).click()
    await page.getByRole('heading', { name: 'Anna Berg' }).waitFor()
    await page.getByRole('heading', { name: 'Differences' }).waitFor()
    await look(page, 'teacher-student')
    await page.getByRole('link', { name: 'attempt 1 Differences' }).click()
    const hers = page.getByRole('region', { name: 'Answer of Anna Berg' })
    await hers.getByText('// by Anna').waitFor()
    await hers.getByText('expected 3, got -1').waitFor()
    const own = page.getByRole('textbox', { name: 'Your answer' })
    await own.click()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('// by Ben')
    const theirs = hers.getByRole('textbox')
    await theirs.click()
    await page.keyboard.type('spoilt')
    expect(await theirs.innerText()).toBe(written)
    expect(await own.innerText()).toBe('// by Ben')
    await look(page, 'teacher-attempt')
    // From the list of all attempts, too; it leaves what is typed.
    await page.getByRole('button', { name: 'Show Anna Berg, 2' }).click()
    await hers.getByText('a + b').waitFor()
    expect(await own.innerText()).toBe('// by Ben')
    await hers.getByRole('button', { name: 'Close' }).click()
    await hers.waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('')
  })

  it('is shown to students, who see no attempts but their own; also in German', async () => {
    const exercise = await addExercise('Secrets')
    const submissions = `/api${course}/exercises/${exercise.id}/submissions`
    const ofBen = await logIn(stage.url, 'ben', samplePassword)
    const made = await ofBen(submissions, { code: '// by Ben' })
    const { id, member_id } = (await made.json()) as { id: string; member_id: string }
    const anna = await stage.visit()
    await signIn(anna.page, 'anna', samplePassword)
    const storageState = await anna.context.storageState()
    const { page } = await stage.visit({ ...phone, locale: 'de-DE', storageState })
    await page.goto(course)
    await page.getByText('Lehrkräfte: Ben Okoro').waitFor()
    await look(page, 'teacher-told-phone')
    await page.goto(`${course}/students/${member_id}`)
    await page.getByText('Diese Seite gibt es nicht').waitFor()
    await page.goto(`${course}/${exercise.id}?attempt=${id}`)
    await page.getByRole('textbox', { name: 'Ihre Antwort' }).waitFor()
    expect(await page.getByText('by Ben').count()).toBe(0)
  })
})
