import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { logIn } from '../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('a list', (stage) => {
  beforeAll(async () => {
    const send = await logIn(stage.url, 'admin', adminPassword)
    const add = async (at: number) => {
      const book = { title: `Volume ${at}`, author: at % 2 ? 'Odd' : 'Even' }
      expect((await send('/api/books', book)).status).toBe(201)
    }
    await Promise.all(Array.from({ length: 120 }, (_, at) => add(at)))
  })

  const open = async () => {
    const { page } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto('/books')
    await page.getByRole('button', { name: 'Show more' }).waitFor()
    return page
  }
  const titles = (page: Page) => page.locator('ul.rows > li a').allTextContents()

  it('takes no page of the list that was shown before', async () => {
    const page = await open()
    const later = Promise.withResolvers<void>()
    await page.route(/\/api\/books\?.*cursor=/, async (route) => {
      await later.promise
      await route.continue()
    })
    const answered = page.waitForResponse(/\/api\/books\?.*cursor=/)
    await page.getByRole('button', { name: 'Show more' }).click()
    await page.getByRole('searchbox').fill('odd')
    await page.getByText('Volume 1', { exact: true }).waitFor()
    await page.getByText('Volume 0', { exact: true }).waitFor({ state: 'detached' })
    const before = await titles(page)
    later.resolve()
    await (await answered).finished()
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'))
    expect(await titles(page)).toEqual(before)
    expect(before).not.toContain('Volume 0')
  })

  it('is continued once by a double click', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Show more' }).dblclick()
    await page.waitForFunction(() => document.querySelectorAll('ul.rows > li').length > 50)
    await page.waitForLoadState('networkidle')
    const shown = await titles(page)
    expect(new Set(shown).size).toBe(shown.length)
  })
})

describeInBrowser('what a page could not do', (stage) => {
  it('is said to be a fault of the network only when it is one', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.route('**/readyz', (route) => route.fulfill({ body: 'fine' }))
    await page.goto('/system')
    await page.getByText('Something went wrong').waitFor()
    expect(errors.join()).toContain('SyntaxError')
    await page.route('**/readyz', (route) => route.abort())
    await page.getByText('The server cannot be reached').waitFor()
    await page.route('**/assets/account-*', (route) => route.abort())
    await page.goto('/account')
    await page.getByText('The server cannot be reached').waitFor()
  })
})
