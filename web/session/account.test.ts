import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(60_000)

// Ten key presses per second are fast for a person.
const betweenKeys_ms = 100

describeInBrowser('the account', (stage) => {
  it('is navigated by keyboard only, although its parts load when visible', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto('/account')
    await page.getByRole('heading', { name: 'Anna Berg' }).waitFor()
    expect(await page.getByRole('button', { name: 'New API key' }).count()).toBe(0)
    const passed: string[] = []
    while (passed.at(-1) !== 'Delete account' && passed.length < 60) {
      await page.keyboard.press('Tab')
      await page.waitForTimeout(betweenKeys_ms)
      passed.push(await page.evaluate(() => document.activeElement?.textContent ?? ''))
    }
    const wanted = ['Log out everywhere', 'Turn on', 'Add calendar', 'New API key']
    expect(passed.filter((name) => wanted.includes(name))).toEqual(wanted)
    expect(errors).toEqual([])
  })

  it('knows its own changes of the name: of before, and with a lost response', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto('/account')
    const name = page.getByLabel('Name shown to others', { exact: true })
    const rename = async (to: string) => {
      await name.fill(to)
      const form = page.locator('form').filter({ has: name })
      await form.getByRole('button', { name: 'Save' }).click()
    }
    for (const to of ['Once ', 'Twice']) {
      await rename(to)
      await page.getByText('Others see your new name').waitFor()
      await page.getByRole('button', { name: 'Dismiss' }).click()
    }
    await page.route(/\/api\/users\/[^/]+$/, async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue()
      await route.fetch()
      await route.abort()
    })
    await rename('Lost ')
    await page.getByText('The server cannot be reached.').waitFor()
    await page.unrouteAll()
    await rename('Found')
    await page.getByRole('heading', { name: 'Found' }).waitFor()
  })
})
