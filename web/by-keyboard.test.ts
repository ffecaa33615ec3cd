import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import {
  chooseFile,
  enter,
  logInByKeyboard,
  nameFocused,
  tabTo,
  typeInto,
} from '../scripts/browser/keyboard.ts'
import { logIn } from '../scripts/browser/requester.ts'
import { adminPassword, samplePassword } from '../scripts/browser/stage.ts'
import type { Booking } from '../shared/schemas/booking.ts'
import type { Resource } from '../shared/schemas/resource.ts'

setDefaultTimeout(90_000)

const photo = 'services/inventory/sample-photos/blue-skoda.webp'
const hour_ms = 3_600_000

/** Beyond how far ahead it may be booked, as digits: `03102027`. */
function farDay(): string {
  const [year, month, day] = new Date(Date.now() + 100 * 24 * hour_ms).toISOString().split(/[-T]/)
  return `${month}${day}${year}`
}

describeInBrowser('by keyboard alone', (stage) => {
  const addCar = async (name: string) => {
    const ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    const car = (await (await ofAdmin('/api/cars', { name })).json()) as Resource
    const svg = await (await ofAdmin(`/api/qr_codes/${car.id}`)).text()
    return { car, code: />([0-9A-Z]{5}-[0-9A-Z]{5})</.exec(svg)?.[1] }
  }

  it('a car is taken, picked up and brought back at its code', async () => {
    const { code } = await addCar('Keyboard car')
    const { page, errors } = await stage.visit()
    await page.goto(`/r/${code}`)
    await logInByKeyboard(page, 'anna', samplePassword)
    await page.getByText('It is free').waitFor()
    await enter(page, '1 hr')
    await page.getByRole('button', { name: 'Pick up' }).waitFor()
    await typeInto(page, ['Odometer', '48210'], { within: 1 })
    await enter(page, 'Pick up')
    await page.getByText('It is out until').waitFor()
    await typeInto(page, ['Odometer', '48000'], { within: 1 })
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('an odometer never falls').waitFor()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('48300')
    await typeInto(page, ['Fuel or charge in %', '75'])
    await typeInto(page, ['Condition', 'Damaged'])
    await chooseFile(page, 'Photos', photo)
    await page.getByText('blue-skoda.webp', { exact: true }).waitFor()
    await typeInto(page, ['Note', 'A scratch'])
    await enter(page, 'Bring back')
    await page.getByText('It is free').waitFor()
    expect(errors).toEqual([expect.stringMatching(/^422 POST .*\/return$/)])
  })

  it('a booking is picked up in the app for phones, and brought back in the console', async () => {
    const { car } = await addCar('Second keyboard car')
    const ofBen = await logIn(stage.url, 'ben', samplePassword)
    const span = {
      from: new Date().toISOString(),
      to: new Date(Date.now() + hour_ms).toISOString(),
    }
    const wanted = { items: [{ resource_id: car.id }], title: 'Errand', ...span }
    const { id } = (await (await ofBen('/api/bookings', wanted)).json()) as Booking
    const { page, errors } = await stage.visit()
    await page.goto(`/book/${id}`)
    await logInByKeyboard(page, 'ben', samplePassword)
    await page.getByRole('button', { name: 'Pick up' }).waitFor()
    await enter(page, 'Pick up')
    await page.getByLabel('Odometer').waitFor()
    await typeInto(page, ['Odometer', '100'], { within: 1 })
    await page.keyboard.press('Enter')
    await page.getByText('It is picked up.').waitFor()
    await page.getByRole('button', { name: 'Bring back' }).waitFor()
    await tabTo(page, 'Bring back', { within: 1 })

    await page.goto(`/bookings/${id}`)
    await page.getByRole('button', { name: 'Bring back' }).waitFor()
    await enter(page, 'Bring back')
    await page.getByRole('dialog').getByLabel('Odometer').waitFor()
    await typeInto(page, ['Odometer', '120'])
    await enter(page, 'Bring back')
    await page.getByText('It is back. Thank you.').waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByText('Returned', { exact: true }).waitFor()
    // Not lost: the page has it.
    expect(await nameFocused(page)).toContain('Second keyboard car')
    expect(errors).toEqual([])
  })

  it('rules are begun with a preset, changed, tried, set, and withdrawn', async () => {
    const { page, errors } = await stage.visit()
    await page.goto('/bookings')
    await logInByKeyboard(page, 'admin', adminPassword)
    await page.getByRole('link', { name: 'Rules' }).waitFor()
    await enter(page, 'Rules')
    await page.getByRole('link', { name: 'Set rules Cars' }).waitFor()
    await enter(page, 'Set rules Cars')
    await page.getByRole('button', { name: /^Office hours/ }).waitFor()
    await enter(page, /^Office hours/)
    const words = page.locator('.card', { hasText: 'In words' })
    await words.getByText('Open Mon–Fri 08:00–18:00 (Europe/Berlin).').waitFor()
    await tabTo(page, 'Sat')
    await page.keyboard.press('Space')
    await typeInto(page, ['Opens', '0700AM'])
    await words.getByText('Open Mon–Sat 07:00–18:00 (Europe/Berlin).').waitFor()
    await typeInto(page, ['Closed on (a day a line: 2027-12-25)', '2027-12-25'])
    await page.keyboard.press('Enter')
    await page.keyboard.type('2027-12-26')
    await words.getByText('Closed on 25 Dec 2027, 26 Dec 2027.').waitFor()
    await typeInto(page, ['At most', '4'])
    await words.getByText('For at most 4 hours.').waitFor()
    await typeInto(page, ['Has to be approved', 'Always'])
    await words.getByText('Each booking has to be approved.').waitFor()
    await enter(page, 'Add a limit')
    await page.getByRole('button', { name: 'Remove this limit' }).waitFor()
    await typeInto(page, ['Per', 'a month'], { back: true, within: 3 })
    await typeInto(page, ['At most', '3'], { back: true, within: 3 })
    await words.getByText('A person may have at most 3 hours a month.').waitFor()
    await enter(page, 'Add permission')
    await page.getByRole('button', { name: 'Remove this', exact: true }).waitFor()
    await enter(page, 'Remove this', { back: true, within: 1 })
    await page.getByText('Everybody may book.').waitFor()
    await tabTo(page, 'Add permission', { within: 1 })

    await typeInto(page, ['From', farDay()])
    await page.keyboard.press('ArrowRight')
    await page.keyboard.type('0900AM')
    await typeInto(page, ['To', farDay()])
    await page.keyboard.press('ArrowRight')
    await page.keyboard.type('1100AM')
    await enter(page, 'Try', { within: 8 })
    await page.getByText('It would be refused.').waitFor()
    await enter(page, /^Nearest/, { within: 1 })
    await enter(page, 'Try', { back: true })
    await page.getByText('It would wait for approval.').waitFor()
    await enter(page, 'Put these rules in force', { back: true })
    await page.getByText('The rules of Cars are in force.').waitFor()

    await page.getByRole('link', { name: 'Edit Cars' }).waitFor()
    await enter(page, 'Edit Cars')
    await page.getByRole('button', { name: 'Withdraw rules' }).waitFor()
    await enter(page, 'Withdraw rules')
    await page.getByRole('dialog').waitFor()
    await enter(page, 'Withdraw rules')
    await page.getByText('The rules of Cars no longer count.').waitFor()
    expect(errors).toEqual([])
  })
})

describeInBrowser(
  'by keyboard alone, in an empty system',
  (stage) => {
    it('an administrator has their first day', async () => {
      const { page, errors } = await stage.visit()
      await page.goto('/')
      await logInByKeyboard(page, 'admin', adminPassword)
      await page.getByRole('link', { name: 'Set it up' }).waitFor()
      await enter(page, 'Set it up')
      await page.getByRole('button', { name: /^Cars/ }).waitFor()
      await enter(page, /^Cars/)
      const rows = 'Copied from a spreadsheet: Name, Plate, Seats'
      await page.getByLabel(rows).waitFor()
      await typeInto(page, [rows, 'Car 1, K-AB 1, 5'], { within: 1 })
      await page.keyboard.press('Enter')
      await page.keyboard.type('Car 2, K-AB 2, 4x')
      await page.getByText('Seats is not a number.').waitFor()
      await page.keyboard.press('Backspace')
      await page.getByRole('button', { name: 'Add 2' }).waitFor()
      await enter(page, 'Add 2')
      await page.getByText('2 are added.').waitFor()
      await page.getByRole('button', { name: 'Photo Car 1' }).waitFor()
      await enter(page, 'Photo Car 1', { within: 1 })
      await page.getByRole('dialog').waitFor()
      await chooseFile(page, 'Choose or take a photo', photo)
      await enter(page, 'Save')
      await page.getByRole('button', { name: 'Go on' }).waitFor()
      expect(await nameFocused(page)).toBe('Photo Car 1')
      await enter(page, 'Go on', { within: 2 })
      await page.getByRole('button', { name: /^Office hours/ }).waitFor()
      await enter(page, /^Office hours/, { within: 2 })
      await page.getByLabel('Email addresses, one a line').waitFor()
      await typeInto(page, ['Email addresses, one a line', 'a@example.org'], { within: 1 })
      await enter(page, 'Invite 1', { within: 2 })
      await page.getByText('Invited by mail').or(page.getByLabel('Link')).first().waitFor()
      await enter(page, 'To the calendar', { back: true, within: 3 })
      await page.getByRole('row').filter({ hasText: 'Car 2' }).waitFor()
      expect(errors).toEqual([])
    })

    it('goes back to a step, and skips what can be skipped', async () => {
      const { page, errors } = await stage.visit()
      await page.goto('/bookings/setup')
      await logInByKeyboard(page, 'admin', adminPassword)
      await page.getByRole('button', { name: /^Rooms/ }).waitFor()
      await enter(page, /^Rooms/)
      await page.getByLabel(/^Copied/).waitFor()
      await enter(page, 'Skip')
      await page.getByText('Nothing is added yet').waitFor()
      await enter(page, 'Skip', { within: 1 })
      await page.getByRole('button', { name: 'Without rules' }).waitFor()
      await enter(page, 'Without rules')
      await page.getByLabel('Email addresses, one a line').waitFor()
      await enter(page, /^Add them/, { back: true })
      await page.getByLabel(/^Copied/).waitFor()
      await tabTo(page, /^Copied/, { within: 1 })
      expect(errors).toEqual([])
    })
  },
  { SAMPLE_DATA: 'false' },
)
