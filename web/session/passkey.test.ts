import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page, Response } from 'playwright-core'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { readThrough } from '../../scripts/browser/every-page.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

/** A device that is always unlocked and confirms everything immediately. */
async function addDevice(page: Page) {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  } as const
  const added = await session.send('WebAuthn.addVirtualAuthenticator', { options })
  return {
    listCredentials: async () => (await session.send('WebAuthn.getCredentials', added)).credentials,
    /** From now on nobody unlocks it. */
    lock: () => session.send('WebAuthn.setUserVerified', { ...added, isUserVerified: false }),
    unlock: () => session.send('WebAuthn.setUserVerified', { ...added, isUserVerified: true }),
  }
}

// Such a device responds immediately when passkeys are offered in the name field.
const offerNothingInField = () => {
  PublicKeyCredential.isConditionalMediationAvailable = async () => false
}

describeInBrowser('passkeys in the console', (stage) => {
  let origin: string
  beforeAll(async () => {
    origin = stage.url.replace('127.0.0.1', 'localhost')
  })

  async function visit(isOffered = false) {
    const visitor = await stage.visit({ baseURL: origin })
    if (!isOffered) await visitor.page.addInitScript(offerNothingInField)
    return { ...visitor, device: await addDevice(visitor.page) }
  }
  async function enter(page: Page, name: string) {
    await page.goto('/sign-in')
    await page.getByLabel('Name or email').fill(name)
    await page.getByLabel('Password').fill(samplePassword)
    await page.getByRole('button', { name: 'Log in' }).click()
  }
  async function add(page: Page, name: string) {
    await page.goto('/account')
    await readThrough(page)
    await page.getByRole('button', { name: 'Add passkey' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill(name)
    await dialog.getByLabel('Current password').fill(samplePassword)
    await dialog.getByRole('button', { name: 'Continue' }).click()
  }

  async function closeCodes(page: Page) {
    await page.getByRole('heading', { name: 'Recovery codes' }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  }

  it('are added, log in, are renamed and removed', async () => {
    const { page, device, errors } = await visit()
    await enter(page, 'anna')
    await page.waitForURL(/bookings/)
    await add(page, 'My laptop')
    await closeCodes(page)
    await page.getByText('My laptop', { exact: true }).first().waitFor()
    const [credential] = await device.listCredentials()
    expect(credential).toMatchObject({ rpId: 'localhost', isResidentCredential: true })
    await page.getByText('Your passkey is your second factor. Recovery codes left: 10').waitFor()

    await page.getByRole('button', { name: 'Add an app' }).waitFor()

    // One passkey per device.
    await add(page, 'Again')
    await page.getByText('This device has a passkey for your account already.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()

    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    await page.waitForURL(/sign-in/)
    // Without unlocking it there is no login.
    await device.lock()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('No passkey was used').waitFor()
    await device.unlock()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.waitForURL(`${origin}/account`)
    await readThrough(page)
    await page.getByText('last used').first().waitFor()
    await page.getByRole('button', { name: 'Rename My laptop' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Old laptop')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Remove Old laptop' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Current password').fill('a wrong guess')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByText('The current password is wrong.').waitFor()
    await dialog.getByLabel('Current password').fill(samplePassword)
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Old laptop is removed.').waitFor()
    expect(errors.filter((line) => !line.startsWith('403 DELETE'))).toEqual([])
  })

  it('are required after the password', async () => {
    const { page } = await visit()
    await enter(page, 'ben')
    await page.waitForURL(/bookings/)
    await add(page, 'Key')
    await closeCodes(page)
    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    await page.waitForURL(/sign-in/)
    await enter(page, 'ben')
    await page.getByLabel('Code', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.waitForURL(/bookings/)
  })

  it('are offered in the name field', async () => {
    const { page } = await visit(true)
    await enter(page, 'anna')
    await page.waitForURL(/bookings/)
    await add(page, 'Phone')
    await closeCodes(page)
    const isLogin = (response: Response) => response.url().endsWith('/api/login/passkey')
    const answered = page.waitForResponse(isLogin)
    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    expect((await answered).status()).toBe(200)
    await page.waitForURL(`${origin}/account`)
    await readThrough(page)
    await page.getByRole('button', { name: 'Remove Phone' }).waitFor()
  })

  it('work at one address, named by the console', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.waitForURL(/bookings/)
    await page.goto('/account')
    await readThrough(page)
    await page.getByText(`Passkeys work at ${origin} only.`).waitFor()
    expect(await page.getByRole('button', { name: 'Add passkey' }).count()).toBe(0)
  })
})
