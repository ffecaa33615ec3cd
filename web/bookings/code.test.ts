import { expect, it, setDefaultTimeout } from 'bun:test'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { openPage } from '../../scripts/browser/every-page.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

describeInBrowser('the code on a car', (stage) => {
  let code = ''

  it('is printed from its page', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await openPage(page, '/bookings/resources')
    await page.getByRole('link', { name: 'White van' }).first().click()
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'QR code' }).click(),
    ])
    const svg = await Bun.file(await saved.path()).text()
    code = />([0-9A-Z]{5}-[0-9A-Z]{5})</.exec(svg)?.[1] ?? ''
    expect(saved.suggestedFilename()).toBe('White van.svg')
    expect(errors).toEqual([])
  })

  for (const [colorScheme, name] of [
    ['light', 'anna'],
    ['dark', 'ben'],
  ] as const) {
    it(`lets ${name} check out and return, in ${colorScheme} on 360 px`, async () => {
      const { page, errors } = await stage.visit({ ...phone, colorScheme })
      const look = async (part: string) => {
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        const shot = process.env['SHOTS']
        if (shot) await page.screenshot({ path: `${shot}/${part}-${colorScheme}.png` })
        expect([part, await findViolations(page), width]).toEqual([part, [], 360])
      }
      await page.goto(`/r/${code}`)
      await page.waitForURL(/\/sign-in\?to=/)
      await page.getByLabel('Name or email').fill(name)
      await page.getByLabel('Password').fill(samplePassword)
      await page.getByRole('button', { name: 'Log in', exact: true }).click()
      await page.getByText('It is free').waitFor()
      await look('free')
      await page.getByRole('button', { name: '1 hr' }).tap()
      await page.getByLabel('Odometer').fill('48210')
      await look('booked')
      await page.getByRole('button', { name: 'Pick up' }).tap()
      await page.getByText('It is out until').waitFor()
      await page.getByLabel('Odometer').fill('48000')
      await page.getByRole('button', { name: 'Bring back' }).tap()
      await page.getByRole('alert').getByText('an odometer never falls').waitFor()
      await page.getByLabel('Odometer').fill('48210')
      await page.getByLabel('Condition').selectOption('damaged')
      await page.getByLabel('Photos').setInputFiles({
        name: 'dent.png',
        mimeType: 'image/png',
        buffer: Buffer.from('no image'),
      })
      await look('out')
      await page.getByRole('button', { name: 'Bring back' }).tap()
      await page.getByText('It is free').waitFor()
      expect(errors).toEqual([expect.stringMatching(/^422 POST .*\/return$/)])
    })
  }

  it('that is unknown shows that', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/r/nothing')
    await page.getByText('There is no such page').waitFor()
  })
})
