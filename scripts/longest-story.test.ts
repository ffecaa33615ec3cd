import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import type { BookingSeries } from '../shared/schemas/booking-series.ts'
import type { Booking } from '../shared/schemas/booking.ts'
import type { Handover } from '../shared/schemas/handover.ts'
import { phone } from './browser/phone.ts'
import { logIn, type Requester } from './browser/requester.ts'
import {
  adminPassword,
  browserPath,
  openStage,
  signIn,
  type Stage,
  type Visitor,
} from './browser/stage.ts'
import { describeStores, type TestDatabase } from '../shared/testing/describe-stores.ts'
import { hour_ms, minute_ms } from '../shared/duration.ts'

setDefaultTimeout(120_000)

const password = 'six green lanterns'
const day = (ahead: number) =>
  new Date(Date.now() + ahead * 24 * hour_ms).toISOString().slice(0, 10)
// Long enough to be picked up with a photo, and late soon after.
const short_ms = 15_000

describe.skipIf(!browserPath)('from the first day to the report', () => {
  describeStores('with a browser', (makeDatabase) => {
    let database: TestDatabase
    let stage: Stage
    let admin: Visitor
    let noor: Visitor
    let ben: Visitor
    let ofNoor: Requester
    beforeAll(async () => {
      database = await makeDatabase({ migrated: true })
      stage = await openStage({ DATABASE_URL: database.url, SAMPLE_DATA: 'false' })
      admin = await stage.visit()
      noor = await stage.visit({ ...phone, serviceWorkers: 'block' })
      ben = await stage.visit(phone)
    })
    afterAll(async () => {
      await stage?.close()
      await database?.remove()
    })

    it('an administrator sets up a car without rules, and a room that needs approval', async () => {
      const { page } = admin
      await signIn(page, 'admin', adminPassword)
      await page.goto('/bookings')
      await page.getByRole('link', { name: 'Set it up' }).click()
      await setUp(page, { what: /^Cars/, row: 'Blue Skoda\tK-AB 12\t5', rules: /^Without/ })
      await page.goto('/bookings/setup')
      await setUp(page, { what: /^Rooms/, row: 'Ada\t8\t2', rules: /^Ask first/ })
    })

    it('invites two, who create their accounts by the link', async () => {
      for (const [visitor, name] of [
        [noor, 'noor'],
        [ben, 'ben'],
      ] as const) {
        const link = await invite(admin.page)
        const { page } = visitor
        await page.goto(link)
        await page.getByLabel('Username').fill(name)
        await page.getByLabel('Email').fill(`${name}@example.org`)
        await page.getByLabel('Password', { exact: true }).fill(password)
        await page.getByRole('button', { name: 'Create account' }).tap()
        await page.waitForURL(/\/bookings/)
        await page.goto('/book')
        await page.getByText('Nothing booked').waitFor()
      }
      ofNoor = await logIn(stage.url, 'noor', password)
    })

    it('a member books in three taps, starts it now instead, and picks it up', async () => {
      const { page } = noor
      await page.getByRole('link', { name: 'Book', exact: true }).tap()
      await page.getByRole('button', { name: 'What is free?' }).tap()
      await page.getByRole('button', { name: /^Blue Skoda/ }).tap()
      await page.getByText('Booked.').waitFor()
      await page.getByRole('button', { name: 'Change' }).tap()
      await page.getByLabel('Until').fill(await clockOf(page, 2 * hour_ms))
      await page.getByLabel('From', { exact: true }).fill(await clockOf(page, 0))
      await page.getByLabel('Until').fill(await clockOf(page, 2 * hour_ms))
      await page.getByRole('button', { name: 'Save the new time' }).tap()
      await page.getByText(/^Moved to/).waitFor()
      await page.getByRole('button', { name: 'Pick up' }).tap()
      await page.getByRole('button', { name: 'Pick up' }).tap()
      await page.getByText('It is picked up').waitFor()
    })

    it('a colleague waits for it, is notified of its early return, and gets it', async () => {
      const { page } = ben
      const from = await clockOf(page, hour_ms)
      const to = await clockOf(page, hour_ms + 30 * minute_ms)
      await page.goto(`/book/new?${new URLSearchParams({ step: 'what', type: 'Car', from, to })}`)
      await page.getByText('All are taken').waitFor()
      await page.getByRole('button', { name: 'Book it for me when one is free' }).tap()
      await page.getByText('You are number 1 on the waiting list.').waitFor()
      await page.goto('/book')
      await page.getByText('Nothing booked').waitFor()

      await noor.page.getByRole('button', { name: 'Bring back' }).tap()
      await noor.page.getByRole('button', { name: 'Bring back' }).tap()
      await noor.page.getByText('It is back. Thank you.').waitFor()
      await page.getByRole('link', { name: 'Notifications 1 unread' }).tap()
      await page.getByText('It is free: what you waited for is yours').waitFor()
      await page.goto('/book')
      await page.getByRole('button', { name: 'Give back Blue Skoda' }).waitFor()
    })

    it('a room is requested, and approved in place', async () => {
      const span = { from: `${day(9)}T09:00`, to: `${day(9)}T10:00` }
      const { page } = noor
      await page.goto(`/book/new?${new URLSearchParams({ step: 'what', type: 'Room', ...span })}`)
      await page.getByText('This has to be approved.').waitFor()
      await page.getByLabel('What for').fill('Interview')
      await page.getByRole('button', { name: /^Ada/ }).tap()
      await page.getByText('Waiting for approval').waitFor()
      await admin.page.goto(`/bookings?view=week&date=${day(9)}`)
      await admin.page.locator('.event.is-requested').click()
      await admin.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
      await admin.page.getByText('Interview is approved.').waitFor()
      await page.getByRole('link', { name: /^Notifications \d unread/ }).waitFor()
      await page.reload()
      await page.getByText('Confirmed').waitFor()
    })

    it('a series is booked without one of its days', async () => {
      const { page } = noor
      await page.goto('/book/new')
      await page.getByRole('link', { name: 'Book a series' }).tap()
      await page.getByLabel('What for').fill('To the archive')
      await page.getByLabel('Kind').selectOption('Car')
      await page.getByLabel('First day').fill(day(14))
      await page.getByLabel('Times', { exact: true }).fill('3')
      await page.getByRole('button', { name: 'Show the days' }).tap()
      const days = page.getByRole('list', { name: 'Days' }).locator('li')
      await days.nth(1).getByRole('checkbox').uncheck()
      await page.getByRole('button', { name: 'Book 2 days' }).tap()
      await page.waitForURL((url) => url.pathname === '/book')
      const { series_id } = await findOwn('To the archive')
      const series = await read<BookingSeries>(`/api/bookings/series/${series_id}`)
      const states = series.occurrences.map(({ state }) => state)
      expect(states).toEqual(['confirmed', 'skipped', 'confirmed'])
    })

    it('a car is handed over with a photo whose upload was cut, and comes back late', async () => {
      const { page, context } = noor
      const to = new Date(Date.now() + short_ms).toISOString()
      const wish = { items: [{ type: 'Car' }], title: 'Errand', to }
      const made = await ofNoor('/api/bookings', { ...wish, from: new Date().toISOString() })
      const booking = (await made.json()) as Booking
      expect([made.status, booking.state]).toEqual([201, 'confirmed'])
      await page.goto(`/book/${booking.id}`)
      await page.getByRole('button', { name: 'Pick up' }).tap()
      const network = await context.newCDPSession(page)
      const slow = { latency: 0, downloadThroughput: -1, uploadThroughput: 150_000 }
      const photo = { name: 'dent.png', mimeType: 'image/png', buffer: drawNoise(1000) }
      await network.send('Network.enable')
      await network.send('Network.emulateNetworkConditions', { offline: false, ...slow })
      await page.getByLabel('Take a photo').setInputFiles(photo)
      const bar = page.getByRole('progressbar', { name: 'dent.png: sent so far' })
      const sent = async () => Number(await bar.getAttribute('value'))
      await expectSoon(async () => (await sent()) > 0.2)
      expect(await sent()).toBeLessThan(1)
      await network.send('Network.emulateNetworkConditions', { offline: true, ...slow })
      await page.getByRole('button', { name: 'Try again' }).waitFor()
      await network.send('Network.emulateNetworkConditions', {
        offline: false,
        ...slow,
        uploadThroughput: -1,
      })
      await page.getByLabel('Odometer').fill('12000')
      await expectSoon(async () => (await sent()) === 1)
      await page.getByRole('button', { name: 'Pick up' }).tap()
      await page.getByText('It is picked up').waitFor()

      await admin.page.goto('/bookings/day?what=late')
      await expectSoon(async () => {
        await admin.page.reload()
        return admin.page.getByRole('button', { name: '1 Late' }).isVisible()
      })
      await page.reload()
      await page.getByText('Late', { exact: true }).first().waitFor()
      await page.getByRole('button', { name: 'Bring back' }).tap()
      await page.getByLabel('Odometer').fill('12034')
      await page.getByRole('button', { name: 'Bring back' }).tap()
      await page.getByText('It is back. Thank you.').waitFor()
      const [handover] = await read<Handover[]>(`/api/handovers?booking_id=${booking.id}`)
      expect(handover).toMatchObject({
        checked_out: { odometer: 12_000, files: [expect.any(String)] },
        returned: { odometer: 12_034 },
      })
    })

    it('the report counts what was handed out, by kind and by person', async () => {
      const { page } = admin
      await page.goto('/bookings/usage?period=year')
      const table = page.getByRole('table')
      await table.getByRole('row', { name: /^Cars\s+2\s/ }).waitFor()
      await page.getByRole('button', { name: 'Person' }).click()
      await table.getByRole('row', { name: /^noor\s+2\s/ }).waitFor()
    })

    it('nothing failed except the interrupted upload', () => {
      expect([admin.errors, ben.errors]).toEqual([[], []])
      expect(noor.errors).toEqual([])
    })

    async function read<T>(path: string): Promise<T> {
      const answer = await ofNoor(path)
      expect([path, answer.status]).toEqual([path, 200])
      return (await answer.json()) as T
    }

    async function findOwn(title: string): Promise<Booking> {
      const all = await read<Booking[]>('/api/bookings?mine=true&limit=200')
      return all.find((booking) => booking.title === title) as Booking
    }
  })
})

interface Kind {
  what: RegExp
  row: string
  rules: RegExp
}

async function setUp(page: Page, { what, row, rules }: Kind) {
  await page.getByRole('button', { name: what }).click()
  await page.getByLabel(/^Copied from a spreadsheet/).fill(row)
  await page.getByRole('button', { name: 'Add 1' }).click()
  await page.getByText('1 is added.').waitFor()
  // No photos yet.
  await page.getByRole('button', { name: 'Skip' }).click()
  await page.getByRole('button', { name: rules }).click()
  await page.getByLabel('Email addresses, one a line').waitFor()
}

/** @returns the link to hand over */
async function invite(page: Page): Promise<string> {
  await page.goto('/people')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
  return dialog.getByLabel('Link').inputValue()
}

/** The clock of a page that much later, in the format of its fields. */
function clockOf(page: Page, later_ms: number): Promise<string> {
  return page.evaluate((later) => {
    const at = new Date(Date.now() + later)
    const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
    return local.toISOString().slice(0, 16)
  }, later_ms)
}

async function expectSoon(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('It has not become so within a minute.')
    await Bun.sleep(100)
  }
}

/** A square PNG of that width that does not compress well. */
function drawNoise(width: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(width, 4)
  // Eight bits for each of red, green and blue.
  header.set([8, 2], 8)
  const rows = crypto.getRandomValues(new Uint8Array(3 * width * 5))
  const lines = Array.from({ length: width }, (_, at) => {
    const start = (at % 4) * 3 * width
    return Buffer.concat([Buffer.of(0), rows.subarray(start + at, start + at + 3 * width)])
  })
  const chunks = [
    ['IHDR', header],
    ['IDAT', deflateSync(Buffer.concat(lines))],
    ['IEND', Buffer.alloc(0)],
  ] as const
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks.map(toChunk)])
}

function toChunk([name, data]: readonly [string, Buffer]): Buffer {
  const body = Buffer.concat([Buffer.from(name), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(Bun.hash.crc32(body))
  return Buffer.concat([length, body, sum])
}
