import { expect } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { FileRecord } from '../../../shared/schemas/file.ts'
import type { Handover } from '../../../shared/schemas/handover.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import type { useBookings } from '../fixture.ts'
import { hour_ms } from '../../../shared/duration.ts'

const toMinute = () => Math.floor(Date.now() / 60_000) * 60_000
// Read anew for each file: a worker runs many, and an old one is no time from now.
let base = toMinute()

/** A time that many hours from now, in whole minutes. */
export const fromNow = (hours: number) => new Date(base + hours * hour_ms).toISOString()

/** The caller; with an idempotency key, it is anna. */
type By = string | null | { key: string }

function toSender(by: By) {
  if (by === null || typeof by === 'string') return { as: by }
  return { as: 'anna', headers: { 'idempotency-key': by.key } }
}

/** What a member does at the car park. */
export function useHandovers({ call, book, system }: ReturnType<typeof useBookings>) {
  base = toMinute()
  const step =
    (name: 'check_out' | 'return') =>
    (id: string, items: object[] = [], by: By = 'anna') =>
      call<Booking & Omit<Problem, 'title'>>('POST', `/api/bookings/${id}/${name}`, {
        ...toSender(by),
        body: items.length === 0 ? {} : { items },
      })

  const byHand = (service: string, text: string) =>
    changeByHand(system().databaseUrlOf(service), text)
  /** An SQL literal for a time that many hours from now. */
  const inSql = (hours: number) =>
    system().databaseUrlOf('bookings').startsWith('sqlite:')
      ? String(Date.parse(fromNow(hours)))
      : `'${fromNow(hours)}'`

  return {
    checkOut: step('check_out'),
    bringBack: step('return'),
    extend: (id: string, to: string, by: By = 'anna') =>
      call<Booking & Omit<Problem, 'title'>>('POST', `/api/bookings/${id}/extend`, {
        ...toSender(by),
        body: { to },
      }),
    /** Uploads a unique photo. @returns its hash */
    addPhoto: async (as = 'anna'): Promise<string> => {
      const body = crypto.randomUUID()
      const headers = { 'content-type': 'application/octet-stream' }
      const made = await call<FileRecord>('POST', '/api/files?file_name=photo.txt', {
        as,
        body,
        headers,
      })
      expect(made.status).toBe(201)
      return made.body.file_hash
    },
    /** From now until two hours from now. */
    bookNow: async (resources: string[], as = 'anna'): Promise<Booking> => {
      const items = resources.map((resource_id) => ({ resource_id }))
      const made = await book({ items, from: new Date().toISOString(), to: fromNow(2) }, as)
      expect(made.status).toBe(201)
      return made.body
    },
    listHandovers: async (query: string, as = 'anna') =>
      (await call<Handover[]>('GET', `/api/handovers?${query}`, { as })).body,
    byHand,
    inSql,
    /** Moves it to between three and two hours ago. */
    moveBack: async (booking: Pick<Booking, 'number'>): Promise<void> => {
      const span = `from_datetime = ${inSql(-3)}, to_datetime = ${inSql(-2)}`
      const ofIt = `number = '${booking.number}'`
      await byHand('bookings', `UPDATE bookings SET ${span} WHERE ${ofIt}`)
      const ofItem = `booking_id = (SELECT id FROM bookings WHERE ${ofIt})`
      await byHand('bookings', `UPDATE booking_items SET ${span} WHERE ${ofItem}`)
      await byHand(
        'inventory',
        `UPDATE allocations SET ${span} WHERE reference = '${booking.number}'`,
      )
    },
  }
}
