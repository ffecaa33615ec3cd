import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { addDays, toInputDate } from '../time.ts'

setDefaultTimeout(90_000)

const day = (ahead: number) => toInputDate(addDays(new Date(), ahead))
const trucksOf = (ahead: number) => `/bookings?view=week&type=Truck&date=${day(ahead)}`

describeInBrowser('what the board does by a click and a form', (stage) => {
  let admin: Visitor
  let anna: Visitor
  let ofAdmin: Requester
  let ofAnna: Requester

  beforeAll(async () => {
    ofAdmin = await logIn(stage.url, 'admin', adminPassword)
    await ofAdmin('/api/trucks', { name: 'Truck 9' })
    ofAnna = await logIn(stage.url, 'anna', samplePassword)
    admin = await stage.visit()
    await signIn(admin.page, 'admin', adminPassword)
    anna = await stage.visit()
    await signIn(anna.page, 'anna', samplePassword)
  })

  async function request(title: string, ahead: number, days: number): Promise<Booking> {
    const trucks = await ofAnna('/api/trucks?limit=200')
    const truck = ((await trucks.json()) as Resource[]).find(({ name }) => name === 'Truck 1')
    const made = await ofAnna('/api/bookings', {
      items: [{ resource_id: truck?.id }],
      from: `${day(ahead)}T08:00:00Z`,
      to: `${day(ahead + days)}T10:00:00Z`,
      title,
    })
    expect(made.status).toBe(201)
    return (await made.json()) as Booking
  }
  const stateOf = async ({ id }: Booking) => {
    const { state, reason } = (await (await ofAnna(`/api/bookings/${id}`)).json()) as Booking
    return { state, reason }
  }

  it('books for somebody only by a name that is chosen', async () => {
    const { page } = admin
    const sent: string[] = []
    page.on('request', (one) => {
      if (one.method() === 'POST') sent.push(one.postData() ?? '')
    })
    await page.goto('/bookings?view=week&type=Car')
    await page.getByRole('button', { name: 'New booking' }).click()
    const dialog = page.getByRole('dialog')
    const name = dialog.getByLabel('For', { exact: true })
    await name.fill('Anna B')
    await name.press('Enter')
    const why = await name.evaluate((input: HTMLInputElement) => input.validationMessage)
    expect(why).toBe('Select a name below.')
    expect(sent.filter((body) => body.includes('from_datetime'))).toEqual([])
    await dialog.getByRole('button', { name: 'Anna Berg' }).click()
    await dialog.getByText('Booked for Anna Berg.').waitFor()
    await dialog.getByRole('button', { name: 'Book', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(sent.filter((body) => body.includes('from_datetime'))).toHaveLength(1)
    expect(sent.join('')).toContain('"booked_for"')
  })

  it('approves a request by mouse, in place', async () => {
    const asked = await request('Trade fair', 30, 2)
    const { page } = admin
    await page.goto(trucksOf(31))
    await bar(page, 'Truck 1', 'Waiting for approval: Anna Berg Trade fair').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Approve' }).click()
    await page.getByText('Trade fair is approved.').waitFor()
    await dialog.getByText('Confirmed').waitFor()
    expect(new URL(page.url()).pathname).toBe('/bookings')
    await page.keyboard.press('Escape')
    expect(await stateOf(asked)).toEqual({ state: 'confirmed', reason: null })
    await bar(page, 'Truck 1', 'Trade fair').waitFor()
    expect(await page.locator('.is-requested').count()).toBe(0)
  })

  it('rejects a request with a reason, in place', async () => {
    const asked = await request('Second fair', 40, 2)
    const { page } = admin
    await page.goto(trucksOf(41))
    const found = bar(page, 'Truck 1', 'Waiting for approval: Anna Berg Second fair')
    await found.click()
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click()
    const why = page.getByRole('dialog').last()
    await why.getByLabel('Reason').fill('It is in the workshop.')
    await why.getByRole('button', { name: 'Reject' }).click()
    await page.getByText('Second fair is rejected.').waitFor()
    await page.getByRole('dialog').getByText('It is in the workshop.').waitFor()
    await page.keyboard.press('Escape')
    await found.waitFor({ state: 'detached' })
    expect(await stateOf(asked)).toEqual({ state: 'rejected', reason: 'It is in the workshop.' })
  })

  it('changes the resource of a booking under rules by a form, like a drag', async () => {
    const { page } = admin
    await page.goto(trucksOf(31))
    await bar(page, 'Truck 1', 'Trade fair').click()
    await page.getByRole('button', { name: 'Change booking' }).click()
    const form = page.getByRole('dialog').last()
    await form.getByLabel('What', { exact: true }).selectOption({ label: 'Truck 9' })
    expect(await findViolations(page)).toEqual([])
    await form.getByRole('button', { name: 'Save' }).click()
    await page.getByText('It now begins').waitFor()
    await page.keyboard.press('Escape')
    await bar(page, 'Truck 9', 'Trade fair').waitFor()
    expect(await bar(page, 'Truck 1', 'Trade fair').count()).toBe(0)
  })

  it('gives a booking to another person and says what it is for, in one change', async () => {
    const booking = await request('For whom?', 61, 0)
    const { page } = anna
    await page.goto(`/bookings/${booking.id}`)
    await page.getByRole('button', { name: 'Change booking' }).click()
    const own = page.getByRole('dialog')
    expect(await own.getByLabel('For', { exact: true }).count()).toBe(0)
    await own.getByLabel('What for').fill('To the fair')
    await own.getByRole('button', { name: 'Save' }).click()
    await page.getByText('It is now called To the fair.').waitFor()
    await page.getByRole('heading', { name: 'To the fair' }).waitFor()

    const manager = admin.page
    await manager.goto(`/bookings/${booking.id}`)
    await manager.getByRole('button', { name: 'Change booking' }).click()
    const form = manager.getByRole('dialog')
    await form.getByLabel('What for').fill('With the band')
    await form.getByText('Booked for Anna Berg.').waitFor()
    await form.getByLabel('For', { exact: true }).fill('Ben')
    await form.getByRole('button', { name: 'Ben Okoro' }).click()
    expect(await findViolations(manager)).toEqual([])
    await form.getByRole('button', { name: 'Save' }).click()
    await manager.getByRole('status').getByText('Booked for Ben Okoro.').waitFor()
    await manager.locator('.facts').getByText('Ben Okoro').first().waitFor()
    const now = (await (await ofAdmin(`/api/bookings/${booking.id}`)).json()) as Booking
    expect(now).toMatchObject({ title: 'With the band', from: booking.from, to: booking.to })
    expect(now.booked_for).not.toBe(booking.booked_for)
    await page.reload()
    // She may no longer see it.
    await page.getByRole('alert').waitFor()
    expect(await page.getByText('With the band').count()).toBe(0)
    expect(new Set(anna.errors.splice(0))).toEqual(new Set([`403 GET /api/bookings/${booking.id}`]))
  })

  it('does so on the page of a booking', async () => {
    const booking = await request('Short trip', 45, 0)
    const { page } = anna
    await page.goto(`/bookings/${booking.id}`)
    await page.getByRole('button', { name: 'Change booking' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('What', { exact: true }).selectOption({ label: 'Truck 9' })
    await form.getByRole('button', { name: 'Save' }).click()
    await page.locator('.facts').getByRole('link', { name: 'Truck 9' }).waitFor()
  })

  it('changes the resource of a booking without rules, and books nothing twice', async () => {
    const cars = (await (await ofAnna('/api/cars?limit=200')).json()) as Resource[]
    const [first, second] = cars
    const at = (hour: number) => `2035-05-07T${hour}:00:00Z`
    const book = async (car: Resource | undefined, description: string, from: number) => {
      const body = { from_datetime: at(from), to_datetime: at(from + 2), description }
      const made = await ofAnna(`/api/resources/${car?.id}/allocations`, body)
      expect(made.status).toBe(201)
    }
    await book(first, 'Round 1', 10)
    await book(second, 'Round 2', 11)
    const { page } = anna
    await page.goto('/bookings?view=week&type=Car&date=2035-05-07')
    await bar(page, first?.name ?? '', 'Round 1').click()
    const form = page.getByRole('dialog')
    const save = form.getByRole('button', { name: 'Save' })
    await form.getByLabel('What', { exact: true }).selectOption({ label: second?.name ?? '' })
    await save.click()
    await form.getByText(`${second?.name} is taken`).waitFor()
    await form.getByLabel('What', { exact: true }).selectOption({ label: cars[2]?.name ?? '' })
    await save.click()
    await form.waitFor({ state: 'detached' })
    await bar(page, cars[2]?.name ?? '', 'Round 1').waitFor()
    await bar(page, first?.name ?? '', 'Round 1').waitFor({ state: 'detached' })
    expect(anna.errors.filter((line) => !line.startsWith('409 POST /api/resources/'))).toEqual([])
    expect(admin.errors).toEqual([])
  })
})

const bar = (page: Page, name: string, text: string) =>
  page.locator(`.event[aria-label^="${name}"][aria-label*="${text}"]`)
