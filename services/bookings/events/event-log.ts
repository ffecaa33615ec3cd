import { and, asc, eq, getTableColumns, inArray } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { createLogReader, prunableLog, toSourceId } from '../../../shared/event-log.ts'
import { toInstant } from '../../../shared/instant.ts'
import type {
  BookingEvent,
  BookingEvents,
  BookingNews,
} from '../../../shared/schemas/booking-event.ts'
import type { BookingsTables, HandoverRow } from '../tables.ts'
import { toNews } from './booking-news.ts'
import type { BookingEventRow } from './tables.ts'
import { createCountTogether, toGroup, toSeries, type Found } from './together.ts'

// No person caused these: their time ran out.
const byItself = new Set(['booking.expired', 'booking.no_show'])
const damaged = 'booking.damaged'

/** Booking events in commit order, from rows that triggers write in the same commit. */
export function createEventLog({ store, config }: Context, tables: BookingsTables) {
  const { booking_events: events, bookings, booking_items: items, handovers } = tables
  const readAfter = createLogReader(store, events)
  const countTogether = createCountTogether(store, tables)
  // Only what is reported: mapping a page of whole rows takes longer than all else of it.
  const { id, number, title, from_datetime, to_datetime, booked_for, created_by, reason } = bookings
  const booking = { id, number, title, from_datetime, to_datetime, booked_for, created_by, reason }
  const { booking_id, resource_id, resource_type } = items

  /**
   * @param after from the last response; missing or from another history: starts with the oldest
   */
  async function listAfter(after: string | undefined): Promise<BookingEvents> {
    const { found, next } = await readAfter<Found>(after, {
      load: ({ where, orderBy, limit }) =>
        store.db
          .select({ event: getTableColumns(events), booking })
          .from(events)
          .innerJoin(bookings, eq(id, events.booking_id))
          .where(where)
          .orderBy(...orderBy)
          .limit(limit),
      eventOf: ({ event }) => event,
    })
    return { events: await toEvents(found), next }
  }

  async function toEvents(rows: Found[]): Promise<BookingEvent[]> {
    if (rows.length === 0) return []
    const ids = [...new Set(rows.map(({ booking }) => booking.id))]
    const [places, together, damages] = await Promise.all([
      store.db
        .select({ booking_id, resource_id, resource_type })
        .from(items)
        .where(and(inArray(booking_id, ids), eq(items.is_next, 0)))
        .orderBy(asc(items.position)),
      countTogether(rows),
      findDamages(rows),
    ])
    const byBooking = Map.groupBy(places, ({ booking_id }) => booking_id)
    return rows.map(({ event, booking }) => ({
      id: toSourceId(event),
      kind: event.kind,
      booking_id: booking.id,
      happened: toInstant(event.happened) ?? '',
      data: {
        ...toNews(booking, byBooking.get(booking.id) ?? []),
        by: byNobody(event) ? null : (event.changed_by ?? booking.booked_for),
        was: toWas({ event, booking }),
        series: toSeries(event, together.get(toGroup({ event, booking }))),
        ...(event.kind === damaged && toDamage(event, damages.get(booking.id) ?? [])),
      },
    }))
  }

  /** What was returned damaged, by booking. */
  async function findDamages(rows: Found[]): Promise<Map<string, HandoverRow[]>> {
    const ids = rows.flatMap(({ event, booking }) => (event.kind === damaged ? booking.id : []))
    if (ids.length === 0) return new Map()
    const found = await store.db
      .select()
      .from(handovers)
      .where(and(inArray(handovers.booking_id, ids), eq(handovers.in_condition, 'damaged')))
      .orderBy(asc(handovers.id))
    return Map.groupBy(found, (row) => row.booking_id)
  }

  const prunable = prunableLog('booking events', events, config)

  return { listAfter, prunable }
}

export type EventLog = ReturnType<typeof createEventLog>

interface Was {
  title: string
  from: number
  to: number
}

function byNobody({ kind, handover_id, changed_by }: BookingEventRow): boolean {
  return byItself.has(kind) || (handover_id !== null && changed_by === null)
}

/** @param all of the booking; an event from before the upgrade is about all of it */
function toDamage(
  { handover_id }: BookingEventRow,
  all: HandoverRow[],
): Pick<BookingNews, 'items' | 'reason'> {
  const rows = all.filter(({ id }) => handover_id === null || id === handover_id)
  const notes = [...new Set(rows.map(({ in_note }) => in_note))].filter(Boolean)
  return {
    items: rows.map(({ resource_id, resource_type }) => ({ resource_id, resource_type })),
    reason: notes.join('; ') || null,
  }
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
