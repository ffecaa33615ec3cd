import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { readThrough } from '../../scripts/browser/every-page.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import { realProviderClient, startRealProvider } from '../../services/testing/real-provider.ts'

setDefaultTimeout(90_000)

describeInBrowser('signing in by a provider, in a browser', (stage) => {
  let provider: Awaited<ReturnType<typeof startRealProvider>>
  beforeAll(async () => {
    provider = await startRealProvider(stage.url, 'acme-ltd')
  })
  afterAll(() => provider?.close())

  /** On the provider's pages: authenticates and consents. */
  async function logInThere(page: Page, name: string) {
    await page.waitForURL(`${provider.issuer}/**`)
    await page.locator('input[name=login]').fill(name)
    await page.locator('input[name=password]').fill('any')
    await page.getByRole('button', { name: 'Sign-in' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
  }

  async function findViolations(page: Page): Promise<string[]> {
    await page.evaluate(axe.source)
    const results = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run())
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  }

  it('an administrator connects the company’s, on a phone too', async () => {
    const { page, errors } = await stage.visit({ viewport: { width: 390, height: 780 } })
    await signIn(page, 'admin', adminPassword)
    await page.goto('/people/groups')
    await page.getByRole('button', { name: 'Add group' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Staff')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.goto('/people/sign-in')
    await page.getByText('No sign-in provider yet').waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Add provider' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('Acme Ltd')
    await dialog.getByText(`${stage.url}/oidc/acme-ltd`).waitFor()
    await dialog.getByLabel('Issuer').fill('https://127.0.0.1:9')
    await dialog.getByLabel('Client ID').fill(realProviderClient.client_id)
    await dialog.getByLabel('Client secret').fill(realProviderClient.client_secret)
    await dialog.getByLabel('Create accounts').check()
    await dialog.getByLabel('Group claim').fill('groups')
    await dialog.getByRole('button', { name: 'Add group' }).click()
    await dialog.getByLabel('Value').fill('staff')
    await dialog.getByLabel('Stands for').selectOption({ label: 'Staff' })
    await dialog.getByLabel('Current password').fill(adminPassword)
    expect(await findViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('There is no usable provider there').first().waitFor()
    await dialog.getByLabel('Issuer').fill(provider.issuer)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Acme Ltd is connected.').waitFor()
    await page.getByText(`${stage.url}/oidc/acme-ltd`).waitFor()
    expect(await findViolations(page)).toEqual([])
    expect(errors).toEqual(['422 POST /api/identity_providers'])
  })

  it('a stranger signs in by it, reaches the requested page, and logs out of both', async () => {
    const { page, errors } = await stage.visit({ locale: 'de-DE' })
    await page.goto('/files')
    await page.waitForURL(/sign-in/)
    const button = page.getByRole('button', { name: 'Anmelden mit Acme Ltd' })
    await button.waitFor()
    expect(await findViolations(page)).toEqual([])
    await button.click()
    await logInThere(page, 'grace')
    await page.waitForURL(`${stage.url}/files`)
    await page.goto('/account')
    await readThrough(page)
    await page.getByText('grace of Real').first().waitFor()
    await page.getByText('Staff').waitFor()
    await page.getByRole('button', { name: 'Abmelden', exact: true }).click()
    await page.waitForURL(`${provider.issuer}/session/end**`)
    await page.getByRole('button', { name: 'Yes' }).click()
    await page.waitForURL(`${stage.url}/sign-in`)
    expect(errors).toEqual([])
  })

  it('redirects nowhere else, whatever the URL says', async () => {
    const { page } = await stage.visit()
    await page.goto('/sign-in?to=//evil.example/x')
    await page.getByRole('button', { name: 'Log in with Acme Ltd' }).click()
    await logInThere(page, 'grace')
    await page.waitForURL(`${stage.url}/bookings`)
  })

  it('a user lured to a callback stays signed in as before, and has to start over', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto(`/oidc/acme-ltd?code=of-the-attacker&state=x&iss=${provider.issuer}`)
    await page.getByText('This sign-in was started in another window').waitFor()
    expect(page.url()).toBe(`${stage.url}/oidc/acme-ltd`)
    await page.goto('/account')
    await readThrough(page)
    await page.getByText('anna').first().waitFor()
    expect(errors).toEqual([])
  })

  it('a user without a password signs in again to delete their account', async () => {
    const { page, errors } = await stage.visit({ viewport: { width: 390, height: 780 } })
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Log in with Acme Ltd' }).click()
    await logInThere(page, 'hedy')
    await page.waitForURL(`${stage.url}/bookings`)
    await page.goto('/account')
    await readThrough(page)
    await page.getByRole('button', { name: 'Delete account' }).click()
    const dialog = page.getByRole('dialog')
    const again = dialog.getByRole('button', { name: 'Log in with Acme Ltd again instead' })
    await again.waitFor()
    expect(await findViolations(page)).toEqual([])
    await again.click()
    // Although this browser is logged in there.
    await page.waitForURL(`${provider.issuer}/**`)
    await page.locator('input[name=login]').fill('hedy')
    await page.locator('input[name=password]').fill('any')
    await page.getByRole('button', { name: 'Sign-in' }).click()
    await page.waitForURL(`${stage.url}/account`)
    // What loads above the button moves it.
    await readThrough(page)
    await page.getByRole('button', { name: 'Delete account' }).click()
    await dialog.getByText('You have just logged in with Acme Ltd').waitFor()
    expect(await findViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Delete account' }).click()
    await page.waitForURL(/sign-in/)
    expect(errors).toEqual([])
  })

  it('a member connects it to their account, and disconnects it', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    await page.goto('/account')
    await readThrough(page)
    await page.getByRole('button', { name: 'Connect Acme Ltd' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Current password').fill(samplePassword)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await logInThere(page, 'benjamin')
    await page.getByText('Acme Ltd is connected to your account.').waitFor()
    await readThrough(page)
    await page.getByRole('button', { name: 'Disconnect Acme Ltd' }).click()
    expect(await findViolations(page)).toEqual([])
    await dialog.getByLabel('Current password').fill(samplePassword)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Acme Ltd is disconnected.').waitFor()
  })
})
