import { and, eq, inArray, isNotNull, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Stored } from '../settle.ts'
import type { BookingRow, BookingsTables } from '../tables.ts'
import { readMoving, targetOf, type ReportMove } from '../report-move.ts'

/** The new state of a series once its bookings are moved, as stored in `changing`. */
export interface SeriesChange {
  title?: string
  note?: string
  booked_for?: string
  created_by?: string
  /** The new times of its days, with or without bookings. */
  days: [date: string, from: number, to: number][]
}

/** Applies a change of a series to inventory: all of it, or none. Idempotent, like all settling. */
export function createSettleChange(
  { store }: Pick<Context, 'store'>,
  tables: BookingsTables,
  reportMove: ReportMove,
) {
  const { bookings, booking_items: items, booking_series: series } = tables
  const { booking_occurrences: occurrences, idempotency_keys: keys } = tables

  /** @throws 409 if it cannot be moved, and all stays as it was; 503 */
  async function settleChange(change: string): Promise<void> {
    const moved = await load(change)
    const [first] = moved
    // Another request has finished it.
    if (!first) return
    const refusal = await reportMove(moved)
    await end(change, moved, refusal ? 0 : 1)
    if (refusal) throw refusal
  }

  async function load(change: string): Promise<Stored[]> {
    const rows = await store.db.select().from(bookings).where(isOf(change))
    const ids = rows.map(({ id }) => id)
    const found = await store.db
      .select()
      .from(items)
      .where(inArray(items.booking_id, ids))
      .orderBy(items.position)
    const byBooking = Map.groupBy(found, ({ booking_id }) => booking_id)
    return rows.map((row) => ({ row, items: byBooking.get(row.id) ?? [] }))
  }

  const isOf = (change: string) =>
    and(eq(bookings.moving_with, change), isNotNull(bookings.unsettled))

  /** Keeps the old places (0) or the new ones (1), and the new state of the series. */
  async function end(change: string, moved: Stored[], kept: 0 | 1): Promise<void> {
    const those = store.db.select({ id: bookings.id }).from(bookings).where(isOf(change))
    const isTheirs = sql`${items.booking_id} IN ${those}`
    const isMoved = sql`EXISTS (SELECT 1 FROM ${items} n
      WHERE n.booking_id = ${items.booking_id} AND n.is_next = 1)`
    const series_id = moved[0]?.row.series_id ?? ''
    await store.atomically([
      ...(kept === 1 ? await toSeriesUpdates(series_id, change) : forgetResponse(moved, change)),
      store.db.update(series).set({ changing: null }).where(isChanging(series_id, change)).getSQL(),
      kept === 1
        ? sql`DELETE FROM ${items} WHERE is_next = 0 AND ${isTheirs} AND ${isMoved}`
        : sql`DELETE FROM ${items} WHERE is_next = 1 AND ${isTheirs}`,
      sql`UPDATE ${items} SET is_next = 0 WHERE is_next = 1 AND ${isTheirs}`,
      ...moved.map((one) => {
        const values = kept === 1 ? toMoved(one) : {}
        return store.db
          .update(bookings)
          .set({ ...values, moving: null, moving_with: null, unsettled: null })
          .where(and(eq(bookings.id, one.row.id), isOf(change)))
          .getSQL()
      }),
    ])
  }

  /** An undone change has no stored response: a retry is a new request. */
  function forgetResponse([first]: Stored[], change: string): SQL[] {
    const key = first?.row.request_key ?? null
    const isOpen = sql`EXISTS (SELECT 1 FROM ${bookings} WHERE ${isOf(change)})`
    return key === null ? [] : [sql`DELETE FROM ${keys} WHERE ${eq(keys.key, key)} AND ${isOpen}`]
  }

  /** SQL condition: nobody else has ended that change. */
  function isChanging(series_id: string, change: string): SQL | undefined {
    const isOpen = sql`EXISTS (SELECT 1 FROM ${bookings} WHERE ${isOf(change)})`
    return and(eq(series.id, series_id), isNotNull(series.changing), isOpen)
  }

  async function toSeriesUpdates(series_id: string, change: string): Promise<SQL[]> {
    const [row] = await store.db.select().from(series).where(eq(series.id, series_id))
    if (!row?.changing) return []
    const { days, ...words } = JSON.parse(row.changing) as SeriesChange
    const isOne = isChanging(series_id, change)
    const updates = days.map(([date, from_datetime, to_datetime]) =>
      store.db
        .update(occurrences)
        .set({ from_datetime, to_datetime })
        .where(
          and(
            eq(occurrences.series_id, series_id),
            eq(occurrences.date, date),
            sql`EXISTS (SELECT 1 FROM ${series} WHERE ${isOne})`,
          ),
        )
        .getSQL(),
    )
    const isNone = Object.keys(words).length === 0
    return isNone ? updates : [...updates, store.db.update(series).set(words).where(isOne).getSQL()]
  }

  return settleChange
}

function toMoved(one: Stored): Partial<BookingRow> {
  const [first] = targetOf(one)
  if (!first) return {}
  const { from_datetime, to_datetime, is_next } = first
  const place = is_next === 1 ? { from_datetime, to_datetime, check_in_by: first.check_in_by } : {}
  return { ...readMoving(one.row), ...place }
}
