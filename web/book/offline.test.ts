import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { samplePassword } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('the app for phones', (stage) => {
  it('shows my bookings without a network, and forgets them at logout', async () => {
    const { page, context } = await stage.visit(phone)
    await comeIn(page, 'anna')
    const next = page.locator('.next h2')
    const title = await next.innerText()
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await page.waitForFunction(async () => (await caches.keys()).length === 1)
    await context.setOffline(true)
    await page.reload()
    expect(await next.innerText()).toBe(title)
    await page.getByRole('status').getByText('There is no network.').waitFor()
    await context.setOffline(false)
    await page.reload()
    await next.waitFor()
    expect(await page.getByText('There is no network.').count()).toBe(0)
    await page.locator('summary').first().tap()
    await page.getByRole('button', { name: 'Log out' }).tap()
    await page.waitForURL(/sign-in/)
    expect(await page.evaluate(() => localStorage.getItem('campus.mine'))).toBeNull()
  })

  it('refuses in German for German readers, with the durations of the rules', async () => {
    const { page } = await stage.visit({ ...phone, locale: 'de-DE' })
    await page.goto('/book')
    await page.waitForURL(/\/sign-in/)
    await page.locator('input').first().fill('ben')
    await page.locator('input[type=password]').fill(samplePassword)
    await page.locator('button.primary').click()
    await page.waitForURL((url) => url.pathname === '/book')
    await page.goto('/book/new?step=what&type=Truck&from=2035-05-07T08:00&to=2035-05-20T08:00')
    await page.locator('.rows button').first().tap()
    const alert = page.getByRole('alert')
    await alert.getByText('Höchstens 7 Tage am Stück buchbar.').waitFor()
    await alert.getByText('Höchstens 180 Tage im Voraus buchbar.').waitFor()
  })

  it('has a manifest that makes it installable', async () => {
    const { page } = await stage.visit(phone)
    await comeIn(page, 'ben')
    const href = await page.locator('link[rel=manifest]').getAttribute('href')
    const answer = await page.request.get(href ?? '')
    expect(answer.headers()['content-type']).toContain('application/manifest+json')
    const manifest = (await answer.json()) as { start_url: string; icons: { src: string }[] }
    expect(manifest.start_url).toBe('/book')
    const icon = await page.request.get(manifest.icons[0]?.src ?? '')
    expect(icon.headers()['content-type']).toContain('image/svg+xml')
  })
})
