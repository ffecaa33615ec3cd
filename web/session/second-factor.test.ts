import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { codeOf } from '../../services/testing/authenticator-app.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { readThrough } from '../../scripts/browser/every-page.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('a second factor in the console', (stage) => {
  let secret = ''
  let codes: string[] = []

  const fillDoor = async (page: Page) => {
    await page.goto('/sign-in')
    await page.getByLabel('Name or email').fill('anna')
    await page.getByLabel('Password').fill(samplePassword)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByLabel('Code', { exact: true }).waitFor()
  }
  const enter = async (page: Page, code: string) => {
    await page.getByLabel('Code', { exact: true }).fill(code)
    await page.getByRole('button', { name: 'Log in' }).click()
  }

  it('is turned on with the password and a first code, and gives recovery codes', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto('/account')
    await readThrough(page)
    await page.getByRole('button', { name: 'Turn on' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Current password').fill('a wrong guess')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByText('The current password is wrong.').waitFor()
    await dialog.getByLabel('Current password').fill(samplePassword)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByRole('img', { name: 'QR code' }).locator('svg').waitFor()
    secret = ((await dialog.locator('code').textContent()) ?? '').replaceAll(' ', '')
    await dialog.getByLabel('Code', { exact: true }).fill('000000')
    await dialog.getByRole('button', { name: 'Turn on' }).click()
    await dialog.getByText('The code is wrong').waitFor()
    await dialog.getByLabel('Code', { exact: true }).fill(codeOf(secret))
    await dialog.getByRole('button', { name: 'Turn on' }).click()
    await page.getByRole('heading', { name: 'Recovery codes' }).waitFor()
    codes = await dialog.locator('li code').allTextContents()
    expect(codes).toHaveLength(10)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await page.getByText('Recovery codes left: 10').waitFor()
  })

  it('is required at login, where a recovery code also works', async () => {
    const { page } = await stage.visit()
    await fillDoor(page)
    await enter(page, '000000')
    await page.getByText('The code is wrong').waitFor()
    await enter(page, codeOf(secret, 1))
    await page.waitForURL(/bookings/)
    const other = await stage.visit()
    await fillDoor(other.page)
    await enter(other.page, codes[0] ?? '')
    await other.page.waitForURL(/bookings/)
  })

  it('is turned off by an administrator for a user who lost it', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/people')
    await page.getByRole('button', { name: 'Second factor anna' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click()
    await page.getByText('The second factor of anna is off.').waitFor()
    const other = await stage.visit()
    await signIn(other.page, 'anna', samplePassword)
    await other.page.waitForURL(/bookings/)
  })
})
