import { and, eq, isNotNull, isNull, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Reservations } from '../reservations.ts'
import type { BookingRow, BookingsTables } from '../tables.ts'

/** The bookings that one request creates in a series: all of them or none. */
export type Begun = Pick<
  BookingRow,
  'id' | 'series_id' | 'begun_until' | 'request_key' | 'changed_by'
>

/** Confirms the days of a series that are being created. Idempotent, like all settling. */
export function createTogether(
  { store }: Pick<Context, 'store'>,
  tables: BookingsTables,
  reservations: Reservations,
) {
  const { bookings, booking_items: items, booking_series: series, idempotency_keys: keys } = tables
  const { booking_occurrences: occurrences } = tables

  /** @returns false if their hold has ended, so none of them exists */
  return async function settleTogether(begun: Begun): Promise<boolean> {
    const { id, series_id, begun_until, request_key: key, changed_by } = begun
    if (series_id === null || begun_until === null) return true
    const { decide_by, check_in_by } = bookings
    const isBegun = and(
      isNotNull(bookings.unsettled),
      eq(bookings.series_id, series_id),
      eq(bookings.begun_until, begun_until),
      // Another request may have begun other days in the same millisecond.
      key === null ? isNull(bookings.request_key) : eq(bookings.request_key, key),
    )
    const held = await store.db
      .select({ id: items.allocation_id, decide_by, check_in_by })
      .from(items)
      .innerJoin(bookings, eq(bookings.id, items.booking_id))
      .where(isBegun)
    // Another request has finished it.
    if (held.length === 0) return (await store.db.$count(bookings, eq(bookings.id, id))) > 0
    if (await keep(held, changed_by)) {
      await store.db.update(bookings).set({ unsettled: null, begun_until: null }).where(isBegun)
      return true
    }
    const ids = held.map((one) => one.id)
    await reservations.release(ids, changed_by)
    const those = store.db.select({ id: bookings.id }).from(bookings).where(isBegun)
    const isEmpty = sql`NOT EXISTS (SELECT 1 FROM ${occurrences}
      WHERE ${eq(occurrences.series_id, series_id)} AND ${isNotNull(occurrences.booking_id)})`
    await store.atomically([
      ...(key === null ? [] : [sql`DELETE FROM ${keys} WHERE ${eq(keys.key, key)}`]),
      sql`UPDATE ${occurrences} SET booking_id = NULL
        WHERE ${occurrences.booking_id} IN ${those}`,
      sql`DELETE FROM ${series} WHERE ${eq(series.id, series_id)} AND ${isEmpty}`,
      sql`DELETE FROM ${items} WHERE ${items.booking_id} IN ${those}`,
      sql`DELETE FROM ${bookings} WHERE ${isBegun}`,
    ])
    return false
  }

  /** Each until its decision or check-in is due; without either, for good. */
  async function keep(
    held: { id: string; decide_by: number | null; check_in_by: number | null }[],
    by: string,
  ): Promise<boolean> {
    // If one is gone, the caller gives back all of them.
    for (const [until, ones] of Map.groupBy(held, (one) => one.decide_by ?? one.check_in_by)) {
      const ids = ones.map(({ id }) => id)
      if (!(await reservations.keep(ids, { until: until ?? undefined, by, fence: 1 }))) return false
    }
    return true
  }
}

/** The first booking stands for all that are settled together. */
export function oneOfEach<One extends { row: BookingRow }>(all: One[]): One[] {
  const seen = new Set<string>()
  return all.filter(({ row }) => {
    const begun = row.begun_until === null ? null : row.series_id
    const group = row.moving_with ?? begun ?? row.id
    return seen.size < seen.add(group).size
  })
}

/** SQL condition: it is settled together with that one; undefined if that one is on its own. */
export function isTogether(
  bookings: BookingsTables['bookings'],
  { moving_with, begun_until, series_id }: BookingRow,
): SQL | undefined {
  if (moving_with !== null) return eq(bookings.moving_with, moving_with)
  if (begun_until === null || series_id === null) return undefined
  return and(eq(bookings.series_id, series_id), isNotNull(bookings.begun_until))
}
