import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(60_000)

describeInBrowser('security events in the console', (stage) => {
  it('show an administrator failed logins and role changes', async () => {
    const guess = { username: 'anna', password: 'a wrong guess' }
    for (let time = 0; time < 3; time++) {
      const body = JSON.stringify(guess)
      const headers = { 'content-type': 'application/json' }
      await fetch(`${stage.url}/api/login`, { method: 'POST', headers, body })
    }
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/people')
    await page.getByLabel('Role: anna').selectOption('admin')
    await page.getByText('anna', { exact: true }).first().waitFor()
    await page.goto('/system')
    await page.getByRole('link', { name: 'Security events' }).click()
    await page.getByRole('heading', { name: 'Security events' }).waitFor()
    await page.getByText('(member → admin)').waitFor()
    await page.getByLabel('What happened').selectOption('Wrong password at log-in')
    const rows = page.locator('main .rows li')
    await page.getByText('(member → admin)').waitFor({ state: 'detached' })
    expect(await rows.count()).toBe(1)
    expect(await rows.first().textContent()).toContain('3 times')
    expect(await rows.first().textContent()).toContain('Anna Berg')
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    expect((await saved).suggestedFilename()).toBe('security-events.csv')
    await page.getByLabel('From').fill('2020-01-01')
    await page.getByLabel('To').fill('2020-01-02')
    await page.getByText('Nothing found').waitFor()
  })

  it('are not visible to members', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    await page.goto('/system/security')
    await page.locator('h1').first().waitFor()
    expect(await page.getByText('Security events').count()).toBe(0)
  })
})
