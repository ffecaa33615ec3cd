import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { readThrough } from '../../scripts/browser/every-page.ts'
import { samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(60_000)

describeInBrowser('API keys in the account', (stage) => {
  const statusWith = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` }
    return (await fetch(`${stage.url}/api/cars`, { headers })).status
  }

  it('are created, copied once, listed, and revoked', async () => {
    const { page, context } = await stage.visit()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await signIn(page, 'anna', samplePassword)
    await page.goto('/account')
    await readThrough(page)
    await page.getByRole('button', { name: 'New API key' }).click()
    await page.getByLabel('Name', { exact: true }).fill('The crane')
    // A member has nothing to manage.
    expect(await page.getByLabel('It may').locator('option').allTextContents()).toEqual([
      'Read',
      'Read and change',
    ])
    await page.getByLabel('Where').selectOption('Bookings')
    await page.getByLabel('Expires after').selectOption('30 days')
    await page.getByRole('button', { name: 'Create key' }).click()
    await page.getByText('It is not shown again').waitFor()
    const key = await page.getByLabel('Key', { exact: true }).inputValue()
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('The key is copied.').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    expect(await statusWith(key)).toBe(200)

    await page.reload()
    await readThrough(page)
    await page.getByText('The crane', { exact: true }).first().waitFor()
    await page.getByText('Read, Bookings').waitFor()
    expect(await page.content()).not.toContain(key)
    await page.getByRole('button', { name: 'Revoke The crane' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('The crane is revoked.').waitFor()
    for (let tries = 0; (await statusWith(key)) === 200 && tries < 100; tries++)
      await Bun.sleep(100)
    expect(await statusWith(key)).toBe(401)
  })
})
