import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { comeIn, phone } from '../../scripts/browser/phone.ts'
import { adminPassword, samplePassword, type Visitor } from '../../scripts/browser/stage.ts'
import { addDays, toInputDate } from '../time.ts'

setDefaultTimeout(90_000)

describeInBrowser('a phone', (stage) => {
  let anna: Visitor
  beforeAll(async () => {
    anna = await stage.visit(phone)
  })

  it('sends a stranger to log in, and back', async () => {
    await comeIn(anna.page, 'anna')
    await anna.page.getByRole('heading', { name: 'My bookings' }).waitFor()
  })

  it("shows the user's bookings and their state, the next one first", async () => {
    const { page } = anna
    const next = page.locator('.next')
    await next.getByText('Visit to a customer in Kassel').waitFor()
    await next.getByText('Confirmed').waitFor()
    await page.getByText('Fair stand to Hanover').waitFor()
    expect(await page.getByText('Site inspection').count()).toBe(0)
  })

  it('books in three taps', async () => {
    const { page } = anna
    await page.getByRole('link', { name: 'Book', exact: true }).tap()
    await page.getByRole('button', { name: 'What is free?' }).tap()
    await page.getByRole('button', { name: /^Any of the Cars/ }).tap()
    await page.getByText('Booked.').waitFor()
    await page.getByText('Confirmed').waitFor()
    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Add to my calendar' }).tap()
    expect((await file).suggestedFilename()).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}\.ics$/)
  })

  it('needs at most six requests that are not cached', async () => {
    const { page } = anna
    const sent: string[] = []
    page.on('request', (one) => {
      const { pathname } = new URL(one.url())
      if (!pathname.startsWith('/assets/')) sent.push(pathname)
    })
    await page.goto('/book')
    await page.locator('.next').waitFor()
    expect(sent.filter((path) => path.startsWith('/api/')).length).toBeLessThanOrEqual(5)
    expect(sent.length).toBeLessThanOrEqual(6)
  })

  it('extends, moves and cancels', async () => {
    const { page } = anna
    // The new one is the next one.
    await page.locator('.next h2 a').tap()
    await page.getByRole('button', { name: 'Add to my calendar' }).waitFor()
    await page.getByRole('button', { name: 'Extend' }).tap()
    await page.getByRole('button', { name: '+ 30 min' }).tap()
    await page.getByText(/^Moved to .*:30/).waitFor()
    await page.locator('.when', { hasText: /:30$/ }).waitFor()
    await page.getByRole('button', { name: 'Change' }).tap()
    await page.getByLabel('From', { exact: true }).fill('2035-05-07T09:00')
    await page.getByRole('button', { name: 'Save the new time' }).tap()
    await page.locator('.when', { hasText: '09:00' }).waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).tap()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Cancel booking' }).tap()
    await page.getByText('Cancelled', { exact: true }).waitFor()
    // Announced once, then removed.
    expect(await page.getByText('Booked.').count()).toBe(0)
    expect(new URL(page.url()).search).toBe('')
  })

  it('keeps entries, says when nothing matches, and joins the waiting list once', async () => {
    const { page } = anna
    await addBoat(page)
    const day = toInputDate(addDays(new Date(), 40))
    const span = { from: `${day}T22:00`, to: `${toInputDate(addDays(new Date(), 41))}T00:00` }
    await page.goto(`/book/new?${new URLSearchParams({ type: 'Boat', ...span })}`)
    await page.getByRole('button', { name: 'What is free?' }).tap()
    await page.waitForFunction(() => document.activeElement?.textContent === 'What?')
    expect(await page.title()).toBe('What? · Campus')
    // Until midnight: all on one day.
    await page.getByRole('button', { name: /^[^–]+, 22:00 – 00:00$/ }).waitFor()
    await page.getByLabel('What for').fill('Night tour')
    await page.getByText('Filter', { exact: true }).tap()
    const seats = page.getByLabel('Seats: at least')
    await seats.fill('99')
    const wait = page.getByRole('button', { name: 'Book it for me when one is free' })
    await wait.waitFor()
    await page.getByRole('button', { name: 'Trucks' }).tap()
    expect(await page.getByLabel('What for').inputValue()).toBe('Night tour')
    await page.goBack()
    await page.getByRole('heading', { name: 'When?' }).waitFor()
    await page.getByRole('button', { name: 'What is free?' }).tap()
    await page.getByRole('button', { name: 'Boats' }).tap()
    expect(await seats.inputValue()).toBe('99')
    const sent: unknown[] = []
    page.on('request', (one) => {
      if (one.method() === 'POST') sent.push([new URL(one.url()).pathname, one.postDataJSON()])
    })
    await wait.evaluate((button: HTMLElement) => {
      button.click()
      button.click()
    })
    await page.getByText('on the waiting list.').waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Waiting list' }).waitFor()
    expect(await wait.count()).toBe(0)
    const wanted = expect.objectContaining({ where: 'seats>=99', description: 'Night tour' })
    expect(sent).toEqual([['/api/waitlist', wanted]])
  })

  it("shows the rules' refusal, and books the nearest time by a tap", async () => {
    const { page } = anna
    const day = toInputDate(addDays(new Date(), 200))
    const span = { from: `${day}T09:00`, to: `${day}T11:00` }
    await page.goto(`/book/new?${new URLSearchParams({ step: 'what', type: 'Truck', ...span })}`)
    const alert = page.getByRole('alert')
    await alert.getByText(/180 days/).waitFor()
    await alert.getByRole('button', { name: /^Take / }).tap()
    await page.getByText('Booked.').waitFor()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has no violations in axe, in ${colorScheme} on 360 px`, async () => {
      const viewport = { width: 360, height: 740 }
      const { page } = await stage.visit({ ...phone, viewport, colorScheme })
      await comeIn(page, 'ben')
      const look = async (name: string) => {
        const found = await findViolations(page)
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        expect([name, found, width]).toEqual([name, [], viewport.width])
      }
      await page.locator('.next').waitFor()
      await look('my bookings')
      await page.getByRole('button', { name: 'Change' }).tap()
      await look('another time')
      await page.getByRole('button', { name: 'Cancel', exact: true }).tap()
      await look('cancelling')
      await page.goto('/book/new')
      await page.getByRole('heading', { name: 'When?' }).waitFor()
      await look('when')
      await page.getByRole('button', { name: 'What is free?' }).tap()
      await page.locator('.rows').waitFor()
      await look('what')
      const day = toInputDate(addDays(new Date(), 30))
      const to = toInputDate(addDays(new Date(), 39))
      const long = new URLSearchParams({ from: `${day}T09:00`, to: `${to}T09:00` })
      await page.goto(`/book/new?step=what&type=Truck&${long}`)
      await page.getByRole('alert').waitFor()
      await look('refused')
    })
  }

  it('ends the login on the server too, whichever page is next', async () => {
    const { page } = await stage.visit(phone)
    await comeIn(page, 'ben')
    await page.locator('.next').waitFor()
    const refresh_token = await page.evaluate(() => localStorage.getItem('campus.refresh_token'))
    await page.locator('footer summary').tap()
    await page.getByRole('button', { name: 'Log out' }).tap()
    await page.waitForURL(/\/sign-in/)
    await page.getByLabel('Password').waitFor()
    const answer = await page.request.post('/api/token/refresh', { data: { refresh_token } })
    expect(answer.status()).toBe(401)
  })

  it('checks out a booking that has begun, and returns it', async () => {
    const ben = await stage.visit(phone)
    await comeIn(ben.page, 'ben')
    const { id } = await bookNow(ben.page)
    await ben.page.goto(`/book/${id}`)
    await ben.page.getByRole('button', { name: 'Pick up' }).tap()
    await ben.page.getByLabel('Odometer').fill('12000')
    await ben.page.getByRole('button', { name: 'Pick up' }).tap()
    await ben.page.getByText('It is picked up.').waitFor()
    await ben.page.goto('/book')
    await ben.page.locator('.next').getByRole('button', { name: 'Bring back' }).tap()
    await ben.page.getByText('12,000 when it was picked up').waitFor()
    await ben.page.getByLabel('Odometer').fill('11999')
    await ben.page.getByRole('button', { name: 'Bring back' }).tap()
    await ben.page.getByRole('alert').waitFor()
    await ben.page.getByLabel('Odometer').fill('12100')
    await ben.page.getByRole('button', { name: 'Bring back' }).tap()
    await ben.page.getByText('It is back. Thank you.').waitFor()
    expect(ben.errors.filter((line) => !line.startsWith('422 POST'))).toEqual([])
  })

  it('had no errors but the refusals', () => {
    const isRefusal = (line: string) => /^422 POST \/api\/bookings$/.test(line)
    expect(anna.errors.filter((line) => !isRefusal(line))).toEqual([])
  })
})

/** Any car, from now on. */
async function bookNow({ request }: Page): Promise<{ id: string }> {
  const data = { username: 'ben', password: samplePassword }
  const login = await request.post('/api/login', { data })
  const { access_token } = (await login.json()) as { access_token: string }
  const [from, to] = [0, 3_600_000].map((wait) => new Date(Date.now() + wait).toISOString())
  const made = await request.post('/api/bookings', {
    data: { items: [{ type: 'Car' }], from, to, title: 'An errand' },
    headers: { authorization: `Bearer ${access_token}` },
  })
  expect(made.status()).toBe(201)
  return (await made.json()) as { id: string }
}

/** A type with a property to search for, and one resource. */
async function addBoat({ request }: Page): Promise<void> {
  const login = await request.post('/api/login', {
    data: { username: 'admin', password: adminPassword },
  })
  const { access_token } = (await login.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${access_token}` }
  const seats = { type: 'integer', title: 'Seats' }
  const property_schema = {
    type: 'object',
    properties: { seats },
    required: [],
    additionalProperties: false,
  }
  const type = { name: 'Boat', plural: 'Boats', segment: 'boats', kind: 'continuous' }
  const data = { ...type, property_schema }
  const added = await request.post('/api/resource_types', { headers, data })
  expect(added.status()).toBe(201)
  const boat = { resource_type: 'Boat', name: 'Dinghy', properties: { seats: 3 } }
  const first = await request.post('/api/resources', { headers, data: boat })
  expect(first.status()).toBe(201)
}
