import { and, asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import {
  createLogOrder,
  origin,
  readEpoch,
  readEventId,
  toEventId,
  toPosition,
  type Position,
} from '../../../shared/event-position.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import { toInstant } from '../../../shared/instant.ts'
import type {
  BookingEvent,
  BookingEvents,
  BookingNews,
} from '../../../shared/schemas/booking-event.ts'
import type { BookingsTables } from '../tables.ts'
import { toNews } from './booking-news.ts'
import { createCountTogether, toGroup, toSeries, type Found } from './together.ts'
import type { BookingEventRow } from './tables.ts'

const rowsMax = 500
const day_ms = 24 * 60 * 60 * 1000
// Nobody did these: their time was up.
const byItself = new Set(['booking.expired', 'booking.no_show'])

/** What happened to bookings, in commit order, from rows that triggers write in the same commit. */
export function createEventLog({ store, config }: Context, tables: BookingsTables) {
  const { booking_events: events, bookings, booking_items: items } = tables
  const order = createLogOrder(store, events)
  const countTogether = createCountTogether(store, tables)

  /**
   * @param after from the last answer; without one, or when it is of another history, all there is
   */
  async function listAfter(after: string | undefined): Promise<BookingEvents> {
    const { epoch } = await readEpoch(store)
    const given = after === undefined ? undefined : readEventId(after)
    const at = given?.epoch === epoch ? given : origin
    const rows = await read(at)
    const last = rows.at(-1)
    return {
      events: await toEvents(rows),
      next: toEventId(epoch, last ? toPosition(last.event) : at),
    }
  }

  async function read(after: Position): Promise<Found[]> {
    return store.db
      .select({ event: getTableColumns(events), booking: getTableColumns(bookings) })
      .from(events)
      .innerJoin(bookings, eq(bookings.id, events.booking_id))
      .where(order.isAfter(after))
      .orderBy(...order.columns)
      .limit(rowsMax)
  }

  async function toEvents(rows: Found[]): Promise<BookingEvent[]> {
    if (rows.length === 0) return []
    const ids = [...new Set(rows.map(({ booking }) => booking.id))]
    const [places, together] = await Promise.all([
      store.db
        .select()
        .from(items)
        .where(and(inArray(items.booking_id, ids), eq(items.is_next, 0)))
        .orderBy(asc(items.position)),
      countTogether(rows),
    ])
    const byBooking = Map.groupBy(places, ({ booking_id }) => booking_id)
    return rows.map(({ event, booking }) => ({
      id: toSourceId(event),
      kind: event.kind,
      booking_id: booking.id,
      happened: toInstant(event.happened) ?? '',
      data: {
        ...toNews(booking, byBooking.get(booking.id) ?? []),
        by: byItself.has(event.kind) ? null : (event.changed_by ?? booking.booked_for),
        was: toWas({ event, booking }),
        series: toSeries(event, together.get(toGroup({ event, booking }))),
      },
    }))
  }

  const prunable: Prunable = {
    name: 'booking events',
    table: events,
    key: events.id,
    since: events.happened,
    keepFor_ms: config.changesDays * day_ms,
    order: events.id,
    // Never the newest: the next id continues from it.
    mayGo: sql`${events.id} < (SELECT max(id) FROM ${events})`,
  }

  return { listAfter, prunable }
}

export type EventLog = ReturnType<typeof createEventLog>

// A restored backup counts on from an earlier id; the time makes it another one.
function toSourceId({ id, happened }: Pick<BookingEventRow, 'id' | 'happened'>): string {
  return `${id}@${happened}`
}

interface Was {
  title: string
  from: number
  to: number
}

/** Only what has changed since. */
function toWas({ event, booking }: Found): BookingNews['was'] {
  const { was: text, was_for } = event
  if (text === null && was_for === null) return null
  const was = text === null ? undefined : (JSON.parse(text) as Was)
  return {
    ...(was && was.title !== booking.title && { title: was.title }),
    ...(was && was.from !== booking.from_datetime && { from: toInstant(was.from) ?? '' }),
    ...(was && was.to !== booking.to_datetime && { to: toInstant(was.to) ?? '' }),
    ...(was_for !== null && { booked_for: was_for }),
  }
}
