import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('files of a booking on a phone', (stage) => {
  it('are added, opened by name, and removed', async () => {
    const admin = await logIn(stage.url, 'admin', adminPassword)
    const car = (await (await admin('/api/cars', { name: 'Hired van' })).json()) as { id: string }
    const anna = await logIn(stage.url, 'anna', samplePassword)
    const [from, to] = [1, 2].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString())
    const asked = { items: [{ resource_id: car.id }], title: 'Delivery', from, to }
    const booking = (await (await anna('/api/bookings', asked)).json()) as Booking
    for (const colorScheme of ['light', 'dark'] as const) {
      const options = { ...phone, colorScheme, serviceWorkers: 'block' } as const
      const { page, errors } = await stage.visit(options)
      await comeIn(page, 'anna')
      await page.goto(`/book/${booking.id}`)
      const contract = { name: 'Hire contract.txt', mimeType: 'text/plain' }
      const buffer = Buffer.from(`Signed in ${colorScheme}`)
      await page.getByLabel('Add a file').setInputFiles({ ...contract, buffer })
      const link = page.getByRole('link', { name: 'Hire contract.txt' })
      const [saved] = await Promise.all([page.waitForEvent('download'), link.click()])
      expect(saved.suggestedFilename()).toBe('Hire contract.txt')
      expect(await Bun.file(await saved.path()).text()).toBe(`Signed in ${colorScheme}`)
      const shot = process.env['SHOTS']
      if (shot) await page.screenshot({ path: `${shot}/files-${colorScheme}.png`, fullPage: true })
      expect(await findViolations(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
      await page.getByRole('button', { name: 'Remove Hire contract.txt' }).tap()
      await page.getByText('A contract or a delivery note').waitFor()
      expect(errors).toEqual([])
    }
  })
})
