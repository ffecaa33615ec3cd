import { expect, it, setDefaultTimeout } from 'bun:test'
import ICAL from 'ical.js'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { readThrough } from '../../scripts/browser/every-page.ts'
import { samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(60_000)

describeInBrowser('calendars in the account', (stage) => {
  const poll = (link: string) => fetch(stage.url + new URL(link).pathname)

  it('are created, copied once, read by a calendar program, and revoked', async () => {
    const { page, context } = await stage.visit()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await signIn(page, 'anna', samplePassword)
    await page.goto('/account')
    await readThrough(page)
    await page.getByRole('button', { name: 'Add calendar' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Bookings', { exact: true }).selectOption('Trucks')
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Trucks')
    await page.getByLabel('Name', { exact: true }).fill('Our trucks')
    await dialog.getByRole('button', { name: 'Add calendar' }).click()
    await page.getByText('It is not shown again').waitFor()
    const link = await page.getByLabel('Link', { exact: true }).inputValue()
    const open = page.getByRole('link', { name: 'Open in calendar' })
    expect(await open.getAttribute('href')).toBe(link.replace(/^http/, 'webcal'))
    await page.getByRole('button', { name: 'Copy link' }).click()
    await page.getByText('Link copied.').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    const text = await (await poll(link)).text()
    const calendar = new ICAL.Component(ICAL.parse(text) as unknown[])
    expect(calendar.getFirstPropertyValue('name')).toBe('Our trucks')
    expect(calendar.getAllSubcomponents('vevent').length).toBeGreaterThan(0)

    await page.reload()
    await readThrough(page)
    await page.getByText('Our trucks', { exact: true }).first().waitFor()
    expect(await page.content()).not.toContain(new URL(link).pathname)
    await page.getByRole('button', { name: 'Revoke Our trucks' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Our trucks is revoked.').waitFor()
    expect((await poll(link)).status).toBe(404)
  })
})
