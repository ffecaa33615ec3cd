import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { Tokens } from '../../shared/schemas/user.ts'

setDefaultTimeout(90_000)

describeInBrowser('who leaves, in a browser', (stage) => {
  async function post<T>(path: string, body: object, token = ''): Promise<T> {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    }
    const answer = await fetch(stage.url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return (await answer.json()) as T
  }
  const logIn = async (username: string, password = samplePassword) =>
    (await post<Tokens>('/api/login', { username, password })).access_token

  async function book(username: string, name: string): Promise<Allocation> {
    const admin = await logIn('admin', adminPassword)
    const car = await post<Resource>('/api/cars', { name }, admin)
    const span = {
      from_datetime: '2090-03-01T10:00:00Z',
      to_datetime: '2090-03-01T11:00:00Z',
    }
    return post(`/api/cars/${car.id}/allocations`, span, await logIn(username))
  }

  async function bookByRules(username: string, name: string, title: string): Promise<void> {
    const admin = await logIn('admin', adminPassword)
    const car = await post<Resource>('/api/cars', { name }, admin)
    const span = { from: '2090-03-01T12:00:00Z', to: '2090-03-01T13:00:00Z' }
    const wanted = { items: [{ resource_id: car.id }], title, ...span }
    await post('/api/bookings', wanted, await logIn(username))
  }

  it("an administrator lists a user's things, hands them over, disables the account", async () => {
    await book('ben', 'Leaving 1')
    await bookByRules('ben', 'Leaving 3', 'Visit to Kassel')
    const { page, errors } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/people?q=ben')
    await page.getByRole('link', { name: /Ben/ }).click()
    await page.getByText('Leaving 1').first().waitFor()
    await page.getByText('Visit to Kassel').first().waitFor()
    await page.getByRole('button', { name: 'Hand over', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Hand over', exact: true }).click()
    await dialog.getByText('Choose who gets it.').waitFor()
    await dialog.getByLabel('Who gets it').fill('anna')
    await dialog.getByRole('button', { name: 'Anna Berg' }).click()
    await dialog.getByRole('button', { name: 'Hand over', exact: true }).click()
    await page.getByText('Anna Berg has it now.').waitFor()
    await page.getByText('Leaving 1').first().waitFor({ state: 'detached' })
    await page.getByText('Visit to Kassel').first().waitFor({ state: 'detached' })

    const login = { username: 'ben', password: samplePassword }
    const { refresh_token } = await post<Tokens>('/api/login', login)
    await page.getByRole('button', { name: 'Log out everywhere' }).click()
    await page.getByText('The login has ended.').waitFor()
    expect(await post('/api/token/refresh', { refresh_token })).toMatchObject({ status: 401 })

    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('button', { name: 'Enable' }).waitFor()
    await page.getByText('Disabled', { exact: true }).waitFor()
    expect(errors).toEqual([])

    const ben = await stage.visit({ locale: 'de-DE' })
    await ben.page.goto('/sign-in')
    await ben.page.getByLabel('Name oder E-Mail').fill('ben')
    await ben.page.getByLabel('Passwort').fill(samplePassword)
    await ben.page.getByRole('button', { name: 'Anmelden' }).click()
    await ben.page.getByText('Dieses Konto ist gesperrt.').waitFor()

    await page.getByRole('button', { name: 'Enable' }).click()
    await page.getByText(/can log in again/).waitFor()
    await signIn((await stage.visit()).page, 'ben', samplePassword)
  })

  it('a member sees what they have before deleting their account', async () => {
    const booking = await book('anna', 'Leaving 2')
    const { page, errors } = await stage.visit({ viewport: { width: 360, height: 740 } })
    await signIn(page, 'anna', samplePassword)
    await page.goto('/account')
    await page.getByRole('button', { name: 'Delete account' }).click()
    const dialog = page.getByRole('dialog').first()
    await dialog.getByText('Leaving 2').waitFor()
    await dialog.getByRole('button', { name: 'Give bookings back' }).click()
    const asked = page.locator('dialog dialog')
    await asked.getByRole('button', { name: 'Give bookings back' }).click()
    await dialog.getByText('Leaving 2').waitFor({ state: 'detached' })
    const admin = await logIn('admin', adminPassword)
    const path = `/api/cars/${booking.resource_id}/allocations/${booking.id}`
    const headers = { authorization: `Bearer ${admin}` }
    expect((await fetch(stage.url + path, { headers })).status).toBe(404)
    expect(errors).toEqual([])

    await dialog.getByLabel('Current password').fill('not the password')
    await dialog.getByRole('button', { name: 'Delete account' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Current password').fill(samplePassword)
    await dialog.getByRole('button', { name: 'Delete account' }).click()
    await page.waitForURL(/\/sign-in/)
  })
})
