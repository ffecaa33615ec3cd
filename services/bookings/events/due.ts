import {
  and,
  asc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNull,
  lte,
  or,
  sql,
  type SQL,
  type SQLWrapper,
} from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Context } from '../../../shared/context.ts'
import { isInstant, toInstant } from '../../../shared/instant.ts'
import { readCursor } from '../../../shared/page.ts'
import type { BookingEvent, DueBookings } from '../../../shared/schemas/booking-event.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { BookingRow, BookingsTables } from '../tables.ts'
import { toNews } from './booking-news.ts'

/** What fell due after the one moment, up to the other; milliseconds since 1970. */
export interface DueQuery {
  after: number
  until: number
  cursor?: string | undefined
}

type Column = BookingsTables['bookings']['from_datetime' | 'decide_by']
type Window = Pick<DueQuery, 'after' | 'until'>

interface DueKind {
  kind: string
  /** The list is in its order. */
  by: Column
  isDue: (window: Window) => SQL | undefined
}

interface DueRow {
  booking: BookingRow
  /** The one that is late before it. */
  late: BookingRow | null
}

/** Where a page begins: in which of the lists, and after which of its rows. */
type Position = [kind: number] | [kind: number, at: number, id: string]

const minute_ms = 60_000
// How long before it begins somebody is reminded of it, or warned that it is not back yet.
const lead_ms = 2 * 60 * minute_ms
// A request is decided before it begins, or soon after it was made.
const decidedAfterStart_ms = 10 * minute_ms
// What is not picked up lapses within so long, as far as anybody is told.
const pickedUpWithin_ms = 31 * 24 * 60 * minute_ms
const rowsMax = 200

/** What is to be told although nothing is written when it happens: its time has come. */
export function createDue({ store }: Pick<Context, 'store'>, tables: BookingsTables) {
  const { bookings, booking_items: items, handovers } = tables
  const late = alias(bookings, 'late')
  const kinds = listKinds(store.columns.second, tables, late)

  /** A few of them, with where to go on. Whoever asks again gets those that are still so. */
  async function listDue({ cursor, ...window }: DueQuery): Promise<DueBookings> {
    const [at, ...after] = readCursor({ cursor }, isPosition) ?? [0]
    const kind = kinds[at]
    if (!kind) return { events: [], next: null }
    const rows = await read(kind, window, after)
    const last = rows.at(-1)
    const isMore = rows.length === rowsMax && last !== undefined
    const next: Position = isMore
      ? [at, Number(last.booking[kind.by.name as 'from_datetime']), last.booking.id]
      : [at + 1]
    return {
      events: await toEvents(kind, rows),
      next: isMore || at + 1 < kinds.length ? write(next) : null,
    }
  }

  function read({ by, isDue }: DueKind, window: Window, [at, id]: [at?: number, id?: string]) {
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

  /** What somebody else still has of it. */
  function lateBefore(id: BookingsTables['bookings']['id']): SQL {
    return sql`(SELECT h.booking_id FROM ${handovers} h
      JOIN ${items} i ON i.resource_id = h.resource_id AND i.is_next = 0
      WHERE i.booking_id = ${id} AND h.booking_id <> ${id} AND h.returned IS NULL
      ORDER BY h.checked_out LIMIT 1)`
  }

  async function toEvents({ kind, by }: DueKind, rows: DueRow[]): Promise<BookingEvent[]> {
    const ids = rows.map(({ booking }) => booking.id)
    const found = await store.db
      .select()
      .from(items)
      .where(and(inArray(items.booking_id, ids), eq(items.is_next, 0)))
      .orderBy(asc(items.position))
    const byBooking = Map.groupBy(found, ({ booking_id }) => booking_id)
    return rows.map(({ booking, late: before }) => {
      const at = Number(booking[by.name as 'from_datetime'])
      const isDelay = kind === 'booking.delayed' && before !== null
      return {
        id: [kind, booking.id, at, isDelay && before.id].filter(Boolean).join(':'),
        kind,
        booking_id: booking.id,
        happened: toInstant(kind === 'booking.reminder' ? at - lead_ms : at) ?? '',
        data: {
          ...toNews(booking, byBooking.get(booking.id) ?? []),
          ...(isDelay && { late_since: toInstant(before.to_datetime) ?? '' }),
        },
      }
    })
  }

  return listDue
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
  const within = (column: Column, { after, until }: Window) =>
    and(gt(column, after), lte(column, until))
  const ahead = ({ after, until }: Window) => ({ after: after + lead_ms, until: until + lead_ms })
  // Whoever has just booked it knows.
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
      // It became late, or it came so near, since the last look.
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
