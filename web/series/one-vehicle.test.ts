import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn } from '../../scripts/browser/requester.ts'
import { adminPassword } from '../../scripts/browser/stage.ts'
import type { Booking } from '../../shared/schemas/booking.ts'

setDefaultTimeout(90_000)

describeInBrowser('a series of any of a type', (stage) => {
  it('keeps one of them where it is free, as shown, at the time that was chosen', async () => {
    const ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    await ofAdmin('/api/resource_types', { name: 'Van' })
    for (let at = 1; at <= 8; at++) {
      await ofAdmin('/api/resources', { name: `Van ${at}`, resource_type: 'Van' })
    }
    const { page } = await stage.visit(phone)
    await comeIn(page, 'anna')
    await page.goto('/book/new?from=2027-04-05T13:00&to=2027-04-05T15:00')
    await page.getByRole('link', { name: 'Book a series' }).tap()
    expect(await page.getByLabel('First day').inputValue()).toBe('2027-04-05')
    expect(await page.getByLabel('From').inputValue()).toBe('13:00')
    await page.getByLabel('What for').fill('Bread')
    await page.getByLabel('Kind').selectOption('Van')
    await page.getByLabel('Times', { exact: true }).fill('6')
    await page.getByRole('button', { name: 'Show the days' }).tap()
    const rows = page.getByRole('list', { name: 'Days' }).locator('li')
    await rows.nth(5).waitFor()
    const named = (await rows.allInnerTexts()).map((text) => /Van \d/.exec(text)?.[0])
    expect(new Set(named).size).toBe(1)
    await page.getByRole('button', { name: 'Book 6 days' }).tap()
    await page.getByText('6 days are booked').waitFor()
    const found = (await (await ofAdmin('/api/bookings?q=Bread')).json()) as Booking[]
    const ids = new Set(found.flatMap(({ items }) => items.map((item) => item.resource_id)))
    const all = (await (await ofAdmin(`/api/resources?ids=${[...ids]}`)).json()) as {
      name: string
    }[]
    expect([found.length, all.map(({ name }) => name)]).toEqual([6, [named[0] ?? '']])
  })
})
