import { and, asc, eq, getTableColumns, inArray, isNull } from 'drizzle-orm'
import { requireOwner, type Caller } from '../../../shared/access.ts'
import type { Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { notFound } from '../../../shared/problem.ts'
import type { BookingState } from '../../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import type { Rulebook } from '../rulebook.ts'
import type { Settlement, Stored } from '../settle.ts'
import { stateNow } from '../state.ts'
import type { BookingsTables, OccurrenceRow, SeriesRow } from '../tables.ts'
import { keepOwnDays } from './own-days.ts'
import { toDay } from './wanted.ts'

export interface FoundSeries {
  row: SeriesRow
  days: OccurrenceRow[]
  stored: Stored[]
}

/** Finds a series with its days and their bookings. */
export function createFindSeries(
  { store }: Context,
  { bookings, booking_items: items, booking_series, booking_occurrences }: BookingsTables,
  { rulebook, settlement }: { rulebook: Rulebook; settlement: Settlement },
) {
  const columns = { ...getTableColumns(bookings), state: stateNow(store, bookings).as('state') }

  /** @throws 404, 403 for somebody else's */
  async function find(id: string, caller: Caller): Promise<FoundSeries> {
    const [row] = await store.db.select().from(booking_series).where(eq(booking_series.id, id))
    const rows = await store.db
      .select({ day: booking_occurrences, booking: columns })
      .from(booking_occurrences)
      .leftJoin(
        bookings,
        and(eq(bookings.id, booking_occurrences.booking_id), isNull(bookings.begun_until)),
      )
      .where(eq(booking_occurrences.series_id, id))
      .orderBy(asc(booking_occurrences.date))
    const booked = rows.flatMap(({ booking }) => booking ?? [])
    // A series being created has none yet.
    if (!row || booked.length === 0) throw notFound('series', id)
    const ids = booked.map((booking) => booking.id)
    const places = await store.db
      .select()
      .from(items)
      .where(and(inArray(items.booking_id, ids), eq(items.is_next, 0)))
      .orderBy(asc(items.position))
    const isManager = await rulebook.mayManage(caller, places)
    if (!isManager && caller.id !== row.booked_for) requireOwner(caller, row.created_by)
    const byBooking = Map.groupBy(places, ({ booking_id }) => booking_id)
    const stored = booked.map((one) => ({ row: one, items: byBooking.get(one.id) ?? [] }))
    return { row, days: rows.map(({ day }) => day), stored }
  }

  /** The same, after completing interrupted changes of its bookings. */
  async function findSettled(id: string, caller: Caller): Promise<FoundSeries> {
    const found = await find(id, caller)
    const open = found.stored.filter(({ row }) => row.unsettled !== null)
    for (const { row } of open) await settlement.find(row.id)
    return open.length > 0 ? find(id, caller) : found
  }

  async function get(id: string, caller: Caller): Promise<Versioned<BookingSeries>> {
    const found = await findSettled(id, caller)
    const { row, stored } = found
    const own = await keepOwnDays(stored, caller, rulebook)
    // What was given to somebody else is theirs, to be seen too.
    const others = new Set(stored.filter((one) => !own.includes(one)).map((one) => one.row.id))
    const days = found.days.filter(({ booking_id }) => !booking_id || !others.has(booking_id))
    return { value: toSeries(row, days, own), version: toVersion(found) }
  }

  return { find: findSettled, get }
}

export type FindSeries = ReturnType<typeof createFindSeries>

/** Each version only increases, and so does their sum: an equal sum means no change. */
export function toVersion({ row, stored }: FoundSeries): number {
  return stored.reduce((sum, booking) => sum + booking.row.version, row.version)
}

/** The wire form. */
export function toSeries(
  { id, rule, time_zone, created, ...row }: SeriesRow,
  days: OccurrenceRow[],
  stored: Stored[],
): BookingSeries {
  const { title, note, booked_for, created_by } = row
  const byId = new Map(stored.map((one) => [one.row.id, one]))
  return {
    id,
    rule,
    time_zone,
    title,
    note,
    booked_for,
    created_by,
    created: toInstant(created) ?? '',
    occurrences: days.map(({ date, from_datetime, to_datetime, booking_id }) => {
      const booking = byId.get(booking_id ?? '')
      const { from_datetime: from, to_datetime: to } = booking?.row ?? {
        from_datetime,
        to_datetime,
      }
      return {
        ...toDay({ date, from, to }),
        booking_id: booking?.row.id ?? null,
        state: (booking?.row.state ?? 'skipped') as BookingState | 'skipped',
        resources: booking?.items.map(({ resource_id }) => resource_id) ?? [],
      }
    }),
  }
}
