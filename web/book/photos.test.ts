import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Handover } from '../../shared/schemas/handover.ts'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { logIn } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('photos of what is picked up', (stage) => {
  it('are shrunk, uploaded while the form is filled in, and resumed when interrupted', async () => {
    const admin = await logIn(stage.url, 'admin', adminPassword)
    const car = (await (await admin('/api/cars', { name: 'Photo van' })).json()) as { id: string }
    const anna = await logIn(stage.url, 'anna', samplePassword)
    const from = new Date().toISOString()
    const to = new Date(Date.now() + 3_600_000).toISOString()
    const asked = { items: [{ resource_id: car.id }], title: 'Delivery', from, to }
    const booking = (await (await anna('/api/bookings', asked)).json()) as Booking

    const { page, context } = await stage.visit({ ...phone, serviceWorkers: 'block' })
    await comeIn(page, 'anna')
    await page.goto(`/book/${booking.id}`)
    const buffer = Buffer.from(await page.evaluate(drawNoise), 'base64')
    await page.getByRole('button', { name: 'Pick up' }).click()
    const camera = page.getByLabel('Take a photo')
    expect(await camera.getAttribute('capture')).toBe('environment')
    // Slow enough to be interrupted halfway.
    const network = await context.newCDPSession(page)
    const slow = { latency: 0, downloadThroughput: -1, uploadThroughput: 150_000 }
    await network.send('Network.enable')
    await network.send('Network.emulateNetworkConditions', { offline: false, ...slow })
    await camera.setInputFiles({ name: 'scratch.png', mimeType: 'image/png', buffer })
    const progress = page.getByRole('progressbar', { name: 'scratch.png: sent so far' })
    await page.waitForFunction(() => {
      const bar = document.querySelector('progress')
      return bar !== null && bar.value > 0.3 && bar.value < 1
    })
    await network.send('Network.emulateNetworkConditions', { offline: true, ...slow })
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.getByLabel('Odometer').fill('12000')
    await page.getByLabel('Fuel or charge').fill('80')
    const goesOn = page.waitForRequest((request) => request.method() === 'HEAD')
    await network.send('Network.emulateNetworkConditions', { offline: false, ...slow })
    await goesOn
    await page.waitForFunction(() => document.querySelector('progress')?.value === 1)
    expect(await progress.count()).toBe(1)
    await page.getByRole('button', { name: 'Pick up' }).click()
    await page.getByText('It is picked up').waitFor()

    const handovers = `/api/handovers?booking_id=${booking.id}`
    const [handover] = (await (await anna(handovers)).json()) as Handover[]
    const [hash] = handover?.checked_out.files ?? []
    expect(handover?.checked_out).toMatchObject({ odometer: 12000, fuel: 80, files: [hash] })
    const kept = (await (await anna(`/api/files/${hash}`)).json()) as FileRecord
    expect(kept).toMatchObject({ file_name: 'scratch.jpg', file_type: 'image/jpeg' })
    expect(kept.size).toBeLessThan(buffer.length / 2)
  })
})

/** Runs in the page: a PNG of 2000 by 1500 pixels that does not compress well, as Base64. */
async function drawNoise(): Promise<string> {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: 2000, height: 1500 })
  const drawing = canvas.getContext('2d')
  const image = drawing?.createImageData(2000, 1500)
  if (!drawing || !image) return ''
  for (let at = 0; at < image.data.length; at++) {
    image.data[at] = at % 4 === 3 ? 255 : Math.random() * 256
  }
  drawing.putImageData(image, 0, 0)
  return canvas.toDataURL('image/png').split(',')[1] ?? ''
}
