import {
  and,
  asc,
  eq,
  exists,
  getTableColumns,
  gt,
  inArray,
  isNull,
  lt,
  not,
  or,
  sql,
  type Column,
  type SQL,
} from 'drizzle-orm'
import { isAdministrator, requireOwner, type Caller } from '../../shared/access.ts'
import type { Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { fold } from '../../shared/fold.ts'
import { isInstant, readInstant } from '../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import { invalid, notFound } from '../../shared/problem.ts'
import type { Booking, BookingState, PendingBookings } from '../../shared/schemas/booking.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import { contains } from '@campus/store/contains.ts'
import { toBooking } from './booking-values.ts'
import type { MarkLate } from './handover/late.ts'
import type { Managed, Rulebook } from './rulebook.ts'
import type { Settlement, Stored } from './settle.ts'
import { stateNow } from './state.ts'
import type { BookingsTables } from './tables.ts'

export interface BookingQuery extends PageQuery {
  mine?: 'true' | undefined
  pending?: 'true' | undefined
  person?: string | undefined
  resource?: string | undefined
  from?: string | undefined
  to?: string | undefined
  state?: BookingState | undefined
  q?: string | undefined
}

type Position = [from: number, id: string]

interface Dependencies {
  markLate: MarkLate
  rulebook: Rulebook
  settlement: Settlement
}

/** Finds one booking, or lists bookings by start. */
export function createFind(
  { store }: Context,
  { bookings, booking_items: items }: BookingsTables,
  { markLate, rulebook, settlement }: Dependencies,
) {
  const { from_datetime: from, to_datetime: to, id } = bookings
  const state = stateNow(store, bookings)
  const columns = { ...getTableColumns(bookings), state: state.as('state') }

  async function list(query: BookingQuery, caller: Caller): Promise<Page<Booking>> {
    const after = readCursor(query, isPosition)
    const isWanted = await toCondition(query, caller)
    const { db } = store.scan(caller.id)
    const rows = await db
      .select(columns)
      .from(bookings)
      .where(and(isWanted, after && isAfter(after)))
      .orderBy(asc(from), asc(id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last): Position => [last.from_datetime, last.id])
    const ids = page.items.map((row) => row.id)
    const found = await store.db
      .select()
      .from(items)
      .where(and(inArray(items.booking_id, ids), eq(items.is_next, 0)))
      .orderBy(asc(items.position))
    const byBooking = Map.groupBy(found, ({ booking_id }) => booking_id)
    const listed = page.items.map((row) => toBooking(row, byBooking.get(row.id) ?? []))
    return { ...page, items: await markLate(listed) }
  }

  /** How many requests await the caller's decision, and whether the caller decides any. */
  async function countPending(caller: Caller): Promise<PendingBookings> {
    const isPending = await toCondition({ pending: 'true' }, caller)
    const count = (only?: SQL) => store.db.$count(bookings, and(isPending, only))
    if (isAdministrator(caller)) return { count: await count(), manages: true }
    const managed = await rulebook.findManaged(caller)
    const manages = managed.isAll || managed.types.length + managed.resources.length > 0
    return { count: manages ? await count(isManaged(managed)) : 0, manages }
  }

  async function toCondition(query: BookingQuery, caller: Caller): Promise<SQL | undefined> {
    const read = (name: 'from' | 'to') => {
      const text = query[name]
      const time = text === undefined ? undefined : readInstant(text)
      if (text === undefined || time !== undefined) return time
      throw invalid([{ pointer: `?${name}`, detail: 'Not a valid time.' }])
    }
    const window = { from: read('from'), to: read('to') }
    const { resource, person, q } = query
    const isOfResource =
      resource === undefined
        ? undefined
        : exists(
            store.db
              .select({ one: sql`1` })
              .from(items)
              .where(
                and(
                  eq(items.booking_id, id),
                  eq(items.resource_id, resource),
                  eq(items.is_next, 0),
                ),
              ),
          )
    return and(
      isNull(bookings.begun_until),
      await whereReadable(caller),
      query.mine && eq(bookings.booked_for, caller.id),
      person === undefined ? undefined : eq(bookings.booked_for, person),
      window.from === undefined ? undefined : gt(to, window.from),
      window.to === undefined ? undefined : lt(from, window.to),
      query.pending && sql`${state} = 'requested'`,
      query.state && sql`${state} = ${query.state}`,
      // Its index contains only what is checked out.
      query.state === 'late' ? sql`${bookings.state} = 'checked_out'` : undefined,
      isOfResource,
      q === undefined ? undefined : contains(bookings.search_text, fold(q)),
    )
  }

  /** SQL condition: the booking is the caller's, or they manage its resources. */
  async function whereReadable(caller: Caller): Promise<SQL | undefined> {
    if (isAdministrator(caller)) return undefined
    return or(isOwn(caller), isManaged(await rulebook.findManaged(caller)))
  }

  /** SQL condition: all of its items are in `managed`. */
  function isManaged({ isAll, types, resources, ...others }: Managed): SQL {
    const { resource_id, resource_type } = items
    const isOf = (column: Column, values: string[]) =>
      values.length === 0 ? sql`1 = 0` : inArray(column, values)
    const byType = isAll ? not(isOf(resource_type, others.otherTypes)) : isOf(resource_type, types)
    const isItem = or(
      isOf(resource_id, resources),
      and(byType, not(isOf(resource_id, others.otherResources))),
    )
    const ofBooking = sql`SELECT 1 FROM ${items} WHERE ${eq(items.booking_id, id)}`
    return sql`(EXISTS (${ofBooking}) AND NOT EXISTS (${ofBooking} AND NOT ${isItem}))`
  }

  const isOwn = ({ id: person }: Caller) =>
    or(eq(bookings.booked_for, person), eq(bookings.created_by, person))

  function isAfter([start, key]: Position): SQL {
    return sql`(${from}, ${id}) > (${sql.param(start, from)}, ${sql.param(key, id)})`
  }

  /** The stored booking, once it is settled. @throws 404, 403 for somebody else's */
  async function find(bookingId: string, caller: Caller): Promise<Stored> {
    const stored = await settlement.find(bookingId)
    if (!stored || stored.row.begun_until !== null) throw notFound('booking', bookingId)
    const { booked_for, created_by } = stored.row
    const isManager = await rulebook.mayManage(caller, stored.items)
    if (!isManager && caller.id !== booked_for) requireOwner(caller, created_by)
    return stored
  }

  async function get(bookingId: string, caller: Caller): Promise<Versioned<Booking>> {
    const found = toVersioned(await find(bookingId, caller))
    const [value = found.value] = await markLate([found.value])
    return { ...found, value }
  }

  return { list, countPending, get, find, whereReadable, toCondition }
}

export type Find = ReturnType<typeof createFind>

export function toVersioned({ row, items }: Stored): Versioned<Booking> {
  return { value: toBooking(row, items), version: row.version }
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length === 2 && isInstant(value[0]) && isId(value[1])
}
