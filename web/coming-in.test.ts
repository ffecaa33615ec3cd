import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn } from '../scripts/browser/stage.ts'
import type { Tokens } from '../shared/schemas/user.ts'

setDefaultTimeout(90_000)

describeInBrowser('coming in, in a browser', (stage) => {
  it('an administrator invites by link, which creates one account', async () => {
    const admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
    const dialog = admin.page.getByRole('dialog')
    await admin.page.goto('/people/groups')
    await admin.page.getByRole('button', { name: 'Add group' }).click()
    await dialog.getByLabel('Name').fill('Workshop')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await admin.page.waitForURL(/groups\/.+/)
    const workshop = admin.page.url()
    await admin.page.goto('/people')
    await admin.page.getByRole('button', { name: 'Invite', exact: true }).click()
    await dialog.getByLabel('Add a group').selectOption({ label: 'Workshop' })
    await dialog.getByRole('button', { name: 'Remove Workshop' }).waitFor()
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    const link = await dialog.getByLabel('Link').inputValue()
    expect(link).toStartWith(`${stage.url}/join#`)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await admin.page.getByText('By link', { exact: true }).first().waitFor()

    const guest = await stage.visit({ locale: 'de-DE' })
    await guest.page.goto(link)
    await guest.page.getByText('lädt Sie ein, als: Mitglied').waitFor()
    await guest.page.getByLabel('Benutzername').fill('noor')
    await guest.page.getByLabel('E-Mail').fill('noor@example.org')
    await guest.page.getByLabel('Passwort', { exact: true }).fill('six green lanterns')
    await guest.page.getByRole('button', { name: 'Konto anlegen' }).click()
    await guest.page.waitForURL(/\/bookings/)
    expect(guest.errors).toEqual([])

    await admin.page.reload()
    await admin.page.getByText('Nobody is invited at the moment.').waitFor()
    await admin.page.goto(workshop)
    await admin.page.getByText('noor', { exact: true }).first().waitFor()
    const late = await stage.visit()
    await late.page.goto(link)
    await late.page.getByText('This link was used or withdrawn').waitFor()
  })

  it('leaving a page while it renews its token keeps the login', async () => {
    const { page, context } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    const answered: number[] = []
    await context.route('**/api/token/refresh', async (route) => {
      answered.push((await route.fetch()).status())
      await route.abort()
    })
    await forgetAccess(page)
    const lost = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/refresh'))
    await page.reload()
    await lost
    await context.unroute('**/api/token/refresh')
    await page.goto('/account')
    await page.getByRole('heading', { name: 'Passkeys' }).waitFor()
    expect(answered).toEqual(answered.map(() => 200))
  })

  it('windows that wake up together renew their token one after the other', async () => {
    const { page, context } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    const other = await context.newPage()
    await other.goto('/books')
    await other.getByRole('heading', { name: 'Books' }).waitFor()
    const successors: string[] = []
    let [inFlight, most] = [0, 0]
    await context.route('**/api/token/refresh', async (route) => {
      most = Math.max(most, ++inFlight)
      const response = await route.fetch()
      successors.push(((await response.json()) as Tokens).refresh_token)
      // Long enough for the other window to want it too.
      await Bun.sleep(1000)
      inFlight--
      await route.fulfill({ response })
    })
    const shown = page.url()
    // Neither is there to renew it before both ask.
    await Promise.all([page.goto('/livez'), other.goto('/livez')])
    await forgetAccess(page)
    await Promise.all([page.goto(shown), other.goto('/books')])
    await other.getByRole('heading', { name: 'Books' }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    expect(most).toBe(1)
    // What a window stores is seen by the other a moment later: by then it may have sent the
    // former token again, which yields the same one.
    expect(new Set(successors).size).toBe(1)
    await context.unrouteAll({ behavior: 'wait' })
  })

  it('signing out while the token is renewed ends the login', async () => {
    const { page, context } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    let answer = () => {}
    const held = new Promise<void>((resolve) => (answer = resolve))
    await context.route('**/api/token/refresh', async (route) => {
      const response = await route.fetch()
      await held
      await route.fulfill({ response })
    })
    await forgetAccess(page)
    const asked = page.waitForRequest('**/api/token/refresh')
    await page.reload()
    await asked
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.waitForURL(/\/sign-in/)
    const renewed = page.waitForResponse('**/api/token/refresh')
    answer()
    await (await renewed).finished()
    // As long as storing it would take.
    await page.waitForTimeout(500)
    expect(await page.evaluate(() => Object.keys(localStorage))).not.toContain(
      'campus.refresh_token',
    )
  })

  it('returning soon needs no new token, returning later gets one', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    const asked: string[] = []
    page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
    const isOfLogin = (path: string) => /^\/api\/(?:token\/refresh|users\/me)$/.test(path)
    await page.reload()
    await page.getByText('Live', { exact: true }).waitFor()
    expect(asked.filter(isOfLogin)).toEqual([])
    await forgetAccess(page)
    await page.reload()
    await page.waitForResponse('**/api/users/me')
    expect(asked.filter(isOfLogin)).toEqual(['/api/token/refresh', '/api/users/me'])
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.waitForURL(/\/sign-in/)
    const kept = await page.evaluate(() => Object.keys(localStorage))
    expect(kept.filter((key) => /token$|user|told/.test(key))).toEqual(['campus.device_token'])
  })

  it('what is stored and damaged is as if it were not there', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'ben', samplePassword)
    const damage = (names: string[], text: string) =>
      page.evaluate(
        ({ keys, value }) => {
          for (const key of keys) localStorage.setItem(`campus.${key}`, value)
        },
        { keys: names, value: text },
      )
    for (const text of ['{"token":"e', 'null', '"text"', '7', '[]', '']) {
      await damage(['access_token', 'user', 'told'], text)
      await page.goto('/books')
      await page.getByRole('link', { name: 'Frankenstein' }).waitFor()
      await page.getByRole('button', { name: 'Log out' }).waitFor()
    }
    await damage(['access_token', 'refresh_token'], '{"')
    await page.goto('/books')
    await page.waitForURL(/\/sign-in/)
    await signIn(page, 'ben', samplePassword)
    expect(errors.filter((error) => !error.startsWith('401 '))).toEqual([])
  })

  it('an administrator hands over a link, which sets a forgotten password', async () => {
    const admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
    await admin.page.goto('/people?q=ben')
    await admin.page.getByRole('button', { name: 'Password link' }).click()
    const link = await admin.page.getByRole('dialog').getByLabel('Link').inputValue()

    const ben = await stage.visit({ viewport: { width: 390, height: 780 } })
    await signIn(ben.page, 'ben', samplePassword)
    // A signed-in user may follow a link as well.
    await ben.page.goto(link)
    await ben.page.getByLabel('New password').fill('seven blue lanterns')
    await ben.page.getByRole('button', { name: 'Set password' }).click()
    await ben.page.waitForURL(/\/bookings/)
    const again = await stage.visit()
    await signIn(again.page, 'ben', 'seven blue lanterns')
  })

  it('a forgotten password gets the same response for any address', async () => {
    const { page, errors } = await stage.visit()
    await page.goto('/sign-in')
    await page.getByRole('link', { name: 'Forgot password?' }).click()
    await page.getByLabel('Email').fill('nobody@example.org')
    await page.getByRole('button', { name: 'Send link' }).click()
    await page.getByText('If there is an account with nobody@example.org').waitFor()
    expect(errors).toEqual([])
  })
})

/** The next page renews its token, as if the last visit was long ago. */
async function forgetAccess(page: Page): Promise<void> {
  await page.evaluate(() => localStorage.removeItem('campus.access_token'))
}
