import { and, asc, count, eq, getTableColumns, inArray, max, min, or, sql } from 'drizzle-orm'
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
import type { BookingRow, BookingsTables } from '../tables.ts'
import { toNews } from './booking-news.ts'
import type { BookingEventRow } from './tables.ts'

interface Found {
  event: BookingEventRow
  booking: BookingRow
}

/** The days of a series that one statement made or ended, and the first event of them. */
type Together = Omit<NonNullable<BookingNews['series']>, 'first'> & { firstId: number }

const rowsMax = 500
const day_ms = 24 * 60 * 60 * 1000
// Nobody did these: their time was up.
const byItself = new Set(['booking.expired', 'booking.no_show'])

/** What happened to bookings, in commit order, from rows that triggers write in the same commit. */
export function createEventLog({ store, config }: Context, tables: BookingsTables) {
  const { booking_events: events, bookings, booking_items: items } = tables
  const order = createLogOrder(store, events)

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
        series: toSeries(event, together.get(toKey(event))),
      },
    }))
  }

  /** Days of a series that were made, or cancelled, by one statement. */
  async function countTogether(rows: Found[]): Promise<Map<string, Together>> {
    const ofSeries = rows.filter(({ event }) => event.series_id !== null)
    const keys = new Map(ofSeries.map(({ event }) => [toKey(event), event]))
    if (keys.size === 0) return new Map()
    const found = await store.db
      .select({
        series_id: events.series_id,
        kind: events.kind,
        happened: events.happened,
        count: count(),
        firstId: min(events.id),
        from: min(bookings.from_datetime),
        to: max(bookings.to_datetime),
      })
      .from(events)
      .innerJoin(bookings, eq(bookings.id, events.booking_id))
      .where(
        or(
          ...[...keys.values()].map(({ series_id, kind, happened }) =>
            and(
              eq(events.series_id, series_id ?? ''),
              eq(events.kind, kind),
              eq(events.happened, happened),
            ),
          ),
        ),
      )
      .groupBy(events.series_id, events.kind, events.happened)
    return new Map(
      found
        .filter((one) => one.count > 1)
        .map((one): [string, Together] => [
          toKey(one),
          {
            id: one.series_id ?? '',
            count: Number(one.count),
            firstId: Number(one.firstId),
            from: toInstant(one.from ?? 0) ?? '',
            to: toInstant(one.to ?? 0) ?? '',
          },
        ]),
    )
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

function toKey({
  series_id,
  kind,
  happened,
}: Pick<BookingEventRow, 'series_id' | 'kind' | 'happened'>) {
  return `${series_id}:${kind}:${happened}`
}

function toSeries({ id }: BookingEventRow, together: Together | undefined): BookingNews['series'] {
  if (!together) return null
  const { firstId, ...series } = together
  return { ...series, first: id === firstId }
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
