import {
  and,
  asc,
  count,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNull,
  lte,
  max,
  min,
  or,
  sql,
  type SQL,
  type SQLWrapper,
} from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Context } from '../../../shared/context.ts'
import { isInstant, toInstant } from '../../../shared/instant.ts'
import { readCursor } from '../../../shared/page.ts'
import type {
  BookingEvent,
  BookingNews,
  DueBookings,
} from '../../../shared/schemas/booking-event.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import { readClock } from '@campus/store/clock.ts'
import type { BookingRow, BookingsTables } from '../tables.ts'
import { toNews } from './booking-news.ts'
import { day_ms, hour_ms, minute_ms } from '../../../shared/duration.ts'

/** What fell due in `(after, until]`; milliseconds since 1970. */
export interface DueQuery {
  after: number
  until: number
  cursor?: string | undefined
}

type Column = BookingsTables['bookings']['from_datetime' | 'decide_by']
type DueWindow = Pick<DueQuery, 'after' | 'until'>

interface DueKind {
  kind: string
  /** The column that orders the list. */
  by: Column
  isDue: (window: DueWindow) => SQL | undefined
  /** Whether days of a series that fall due together are reported once. */
  isTogether?: true
}

interface DueRow {
  booking: BookingRow
  /** The late booking before it. */
  late: BookingRow | null
}

/** Where a page begins: which list, and after which row of it. */
type Position = [kind: number] | [kind: number, at: number, id: string]

// How long before the start people are reminded, or warned that it is not back yet.
const lead_ms = 2 * hour_ms
// A request is decided before its start, or soon after it was made.
const decidedAfterStart_ms = 10 * minute_ms
// Lapses later than this are not reported.
const pickedUpWithin_ms = 31 * day_ms
const rowsMax = 200

/** Events without a write: their time has come. */
export function createDue({ store }: Pick<Context, 'store'>, tables: BookingsTables) {
  const { bookings, booking_items: items, handovers } = tables
  const late = alias(bookings, 'late')
  const kinds = listKinds(store.columns.second, tables, late)

  /**
   * A page of due events, with a cursor for the next. A repeated call returns those that still
   * apply. Only the clock of this database decides what is due.
   */
  async function listDue({ cursor, ...asked }: DueQuery): Promise<DueBookings> {
    const now = await readClock(store)
    const window = { after: Math.min(asked.after, now), until: Math.min(asked.until, now) }
    const looked = { after: toInstant(window.after) ?? '', until: toInstant(window.until) ?? '' }
    const [first, ...place] = readCursor({ cursor }, isPosition) ?? [0]
    for (const [at, kind] of kinds.entries()) {
      if (at < first) continue
      const rows = await read(kind, window, at === first ? place : [])
      const last = rows.at(-1)
      if (!last) continue
      const isMore = rows.length === rowsMax
      const next: Position = isMore ? [at, dueOf(kind, last.booking), last.booking.id] : [at + 1]
      return {
        ...looked,
        events: await toEvents(kind, rows, await countTogether(kind, rows, window)),
        next: isMore || at + 1 < kinds.length ? write(next) : null,
      }
    }
    return { ...looked, events: [], next: null }
  }

  function read({ by, isDue }: DueKind, window: DueWindow, [at, id]: [at?: number, id?: string]) {
    const isAfter =
      id === undefined
        ? undefined
        : sql`(${by}, ${bookings.id}) > (${sql.param(at, by)}, ${sql.param(id, bookings.id)})`
    return store
      .scan('service:notifications')
      .db.select({ booking: getTableColumns(bookings), late: getTableColumns(late) })
      .from(bookings)
      .leftJoin(late, eq(late.id, lateBefore(bookings.id)))
      .where(and(isNull(bookings.begun_until), isDue(window), isAfter))
      .orderBy(asc(by), asc(bookings.id))
      .limit(rowsMax)
  }

  /** SQL: the previous booking of a resource, not yet returned by somebody else. */
  function lateBefore(id: BookingsTables['bookings']['id']): SQL {
    return sql`(SELECT h.booking_id FROM ${handovers} h
      JOIN ${items} i ON i.resource_id = h.resource_id AND i.is_next = 0
      WHERE i.booking_id = ${id} AND h.booking_id <> ${id} AND h.returned IS NULL
      ORDER BY h.checked_out LIMIT 1)`
  }

  /** Counts the days of each series that fall due at the same time. */
  async function countTogether(
    { by, isDue, isTogether }: DueKind,
    rows: DueRow[],
    window: DueWindow,
  ): Promise<Map<string, NonNullable<BookingNews['series']>>> {
    const ids = [...new Set(rows.flatMap(({ booking }) => booking.series_id ?? []))]
    if (!isTogether || ids.length === 0) return new Map()
    const { series_id, from_datetime, to_datetime, begun_until } = bookings
    const found = await store.db
      .select({
        id: series_id,
        at: by,
        count: count(),
        from: min(from_datetime),
        to: max(to_datetime),
      })
      .from(bookings)
      .where(and(isNull(begun_until), inArray(series_id, ids), isDue(window)))
      .groupBy(series_id, by)
    return new Map(
      found
        .filter((one) => one.count > 1)
        .map(({ id, at, count: days, from, to }) => [
          `${id}:${at}`,
          {
            id: id ?? '',
            count: Number(days),
            from: toInstant(from ?? 0) ?? '',
            to: toInstant(to ?? 0) ?? '',
            first: false,
          },
        ]),
    )
  }

  async function toEvents(
    of: DueKind,
    rows: DueRow[],
    together: Awaited<ReturnType<typeof countTogether>>,
  ): Promise<BookingEvent[]> {
    const { kind } = of
    const ids = rows.map(({ booking }) => booking.id)
    const found = await store.db
      .select()
      .from(items)
      .where(and(inArray(items.booking_id, ids), eq(items.is_next, 0)))
      .orderBy(asc(items.position))
    const byBooking = Map.groupBy(found, ({ booking_id }) => booking_id)
    return rows.map(({ booking, late: before }) => {
      const at = dueOf(of, booking)
      const series = together.get(`${booking.series_id}:${at}`)
      const news = toNews(booking, byBooking.get(booking.id) ?? [])
      const isDelay = kind === 'booking.delayed' && before !== null
      return {
        id: [kind, booking.id, at, isDelay && before.id].filter(Boolean).join(':'),
        kind,
        booking_id: booking.id,
        happened: toInstant(kind === 'booking.reminder' ? at - lead_ms : at) ?? '',
        data: {
          ...news,
          series: series ? { ...series, first: series.from === news.from } : null,
          ...(isDelay && { late_since: toInstant(before.to_datetime) ?? '' }),
        },
      }
    })
  }

  return listDue
}

function dueOf({ by }: DueKind, booking: BookingRow): number {
  return Number(booking[by.name as 'from_datetime'])
}

function write(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

function listKinds(
  second: string,
  { bookings }: BookingsTables,
  late: { state: SQLWrapper; to_datetime: SQLWrapper },
): DueKind[] {
  const { from_datetime: from, to_datetime: to, created, decide_by, check_in_by, state } = bookings
  const within = (column: Column, { after, until }: DueWindow) =>
    and(gt(column, after), lte(column, until))
  const ahead = ({ after, until }: DueWindow) => ({
    after: after + lead_ms,
    until: until + lead_ms,
  })
  // Nobody needs a reminder of what they have just booked.
  const wasMadeBefore = sql`${created} + ${lead_ms / 1000} * ${sql.raw(second)} <= ${from}`
  return [
    {
      kind: 'booking.reminder',
      by: from,
      isDue: (window) =>
        and(
          eq(state, 'confirmed'),
          within(from, ahead(window)),
          gt(from, window.until),
          wasMadeBefore,
        ),
    },
    {
      kind: 'booking.overdue',
      by: to,
      isDue: (window) => and(eq(state, 'checked_out'), within(to, window)),
    },
    {
      kind: 'booking.delayed',
      by: from,
      // It became late, or came near enough, since the last call.
      isDue: ({ after, until }) =>
        and(
          inArray(state, ['requested', 'confirmed']),
          gt(to, until),
          lte(from, until + lead_ms),
          gt(from, until - pickedUpWithin_ms),
          sql`${late.to_datetime} <= ${sql.param(until, to)}`,
          or(sql`${late.to_datetime} > ${sql.param(after, to)}`, gt(from, after + lead_ms)),
        ),
    },
    {
      kind: 'booking.expired',
      by: decide_by,
      isTogether: true,
      isDue: (window) =>
        and(
          eq(state, 'requested'),
          within(decide_by, window),
          gt(from, window.after - decidedAfterStart_ms),
        ),
    },
    {
      kind: 'booking.no_show',
      by: check_in_by,
      isDue: (window) =>
        and(
          eq(state, 'confirmed'),
          within(check_in_by, window),
          gt(from, window.after - pickedUpWithin_ms),
          lte(from, window.until),
        ),
    },
  ]
}

function isPosition(value: unknown): value is Position {
  if (!Array.isArray(value) || !Number.isSafeInteger(value[0])) return false
  return value.length === 1 || (value.length === 3 && isInstant(value[1]) && isId(value[2]))
}
