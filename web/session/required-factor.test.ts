import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { codeOf } from '../../services/testing/authenticator-app.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { readThrough } from '../../scripts/browser/every-page.ts'
import { samplePassword } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser(
  'a second factor that is required',
  (stage) => {
    let secret = ''

    async function enter(page: Page) {
      await page.goto('/sign-in')
      await page.getByLabel('Name or email').fill('anna')
      await page.getByLabel('Password').fill(samplePassword)
      await page.getByRole('button', { name: 'Log in' }).click()
    }
    async function type(page: Page, code: string) {
      await page.getByLabel('Code', { exact: true }).fill(code)
      await page.getByRole('button', { name: 'Log in' }).click()
    }

    it('is set up at log-in, and gives recovery codes', async () => {
      const { page } = await stage.visit()
      await enter(page)
      await page.getByText('A second factor is required here.').waitFor()
      await page.getByRole('img', { name: 'QR code' }).locator('svg').waitFor()
      secret = ((await page.locator('code').textContent()) ?? '').replaceAll(' ', '')
      await type(page, '000000')
      await page.getByText('The code is wrong').waitFor()
      await type(page, codeOf(secret))
      await page.getByRole('heading', { name: 'Recovery codes' }).waitFor()
      const dialog = page.getByRole('dialog')
      expect(await dialog.locator('li code').count()).toBe(10)
      await dialog.getByRole('button', { name: 'Close' }).last().click()
      await page.waitForURL(/bookings/)
      await page.goto('/account')
      await readThrough(page)
      await page.getByText('It is on. Recovery codes left: 10').waitFor()
      expect(await page.getByRole('button', { name: 'Turn off' }).count()).toBe(0)
    })

    it('is required at the next login, and not shown again', async () => {
      const { page } = await stage.visit()
      await enter(page)
      await page.getByLabel('Code', { exact: true }).waitFor()
      expect(await page.getByRole('img', { name: 'QR code' }).count()).toBe(0)
      await type(page, codeOf(secret, 1))
      await page.waitForURL(/bookings/)
    })
  },
  { SECOND_FACTOR: 'everybody' },
)
