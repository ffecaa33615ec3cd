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
})
