import { and, count, eq, isNull, max, min, or, sql } from 'drizzle-orm'
import { toInstant } from '../../../shared/instant.ts'
import type { BookingNews } from '../../../shared/schemas/booking-event.ts'
import type { Store } from '@campus/store/store.ts'
import type { BookingRow, BookingsTables } from '../tables.ts'
import type { NewsRow } from './booking-news.ts'
import type { BookingEventRow } from './tables.ts'

/** An event, with the booking as it is now. */
export interface Found {
  event: BookingEventRow
  booking: NewsRow & Pick<BookingRow, 'id'>
}

type Cause = Pick<BookingEventRow, 'kind' | 'series_id' | 'done_with' | 'was_for'> & {
  happened: number | null
}
type Persons = Pick<BookingRow, 'booked_for' | 'created_by'>

/** Days of a series that were created, decided, changed or ended together. */
type Together = Omit<NonNullable<BookingNews['series']>, 'first'> & { firstId: number }

/** Counts the days of a series with the same event: a person is notified of them once. */
export function createCountTogether(
  { db }: Store,
  { booking_events: events, bookings }: BookingsTables,
) {
  const { series_id, kind, done_with, was_for } = events
  const { booked_for, created_by } = bookings
  // Events of one statement share one time; a change of many days is known by its id.
  const happened = sql`CASE WHEN ${done_with} IS NULL THEN ${events.happened} END`

  /** @returns groups of more than one day, by `toGroup` */
  return async function countTogether(rows: Found[]): Promise<Map<string, Together>> {
    const causes = new Map(rows.map(({ event }) => [JSON.stringify(toCause(event)), event]))
    const ofSeries = [...causes.values()].filter((event) => event.series_id !== null)
    if (ofSeries.length === 0) return new Map()
    const found = await db
      .select({
        cause: {
          kind,
          series_id,
          done_with,
          was_for,
          happened: happened.mapWith(events.happened).as('happened_once'),
        },
        persons: { booked_for, created_by },
        count: count(),
        firstId: min(events.id),
        from: min(bookings.from_datetime),
        to: max(bookings.to_datetime),
      })
      .from(events)
      .innerJoin(bookings, eq(bookings.id, events.booking_id))
      .where(or(...ofSeries.map(isOfCause)))
      .groupBy(kind, series_id, done_with, was_for, happened, booked_for, created_by)
    return new Map(
      found
        .filter((one) => one.count > 1)
        .map(({ cause, persons, firstId, from, to, ...one }): [string, Together] => [
          toGroupOf(cause, persons),
          {
            id: cause.series_id ?? '',
            count: Number(one.count),
            firstId: Number(firstId),
            from: toInstant(from ?? 0) ?? '',
            to: toInstant(to ?? 0) ?? '',
          },
        ]),
    )
  }

  function isOfCause(event: BookingEventRow) {
    return and(
      eq(series_id, event.series_id ?? ''),
      eq(kind, event.kind),
      event.done_with === null
        ? and(isNull(done_with), eq(events.happened, event.happened))
        : eq(done_with, event.done_with),
    )
  }
}

/** The key of what is reported to somebody once. */
export function toGroup({ event, booking }: Found): string {
  return toGroupOf(toCause(event), booking)
}

export function toSeries(
  { id }: BookingEventRow,
  together: Together | undefined,
): BookingNews['series'] {
  if (!together) return null
  const { firstId, ...series } = together
  return { ...series, first: id === firstId }
}

function toCause({ kind, series_id, done_with, was_for, happened }: BookingEventRow): Cause {
  return { kind, series_id, done_with, was_for, happened: done_with === null ? happened : null }
}

function toGroupOf({ kind, ...cause }: Cause, { booked_for, created_by }: Persons): string {
  const { series_id, done_with, was_for, happened } = cause
  return JSON.stringify([kind, series_id, done_with, was_for, happened, booked_for, created_by])
}
