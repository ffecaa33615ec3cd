import { and, asc, eq, exists, gt, gte, inArray, lt, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { BookingState } from '../../../shared/schemas/booking.ts'
import type { Find } from '../find-bookings.ts'
import { toViewer, type Reservations } from '../reservations.ts'
import { stateNow } from '../state.ts'
import type { BookingsTables } from '../tables.ts'
import { day_ms } from '../../../shared/duration.ts'

/** A booking as a calendar shows it. Times are milliseconds since 1970. */
export interface SeenBooking {
  id: string
  number: string
  state: BookingState
  title: string
  note: string
  person: string
  from: number
  to: number
  created: number
  sequence: number
  revised: number
  items: { allocation: string; resource: string; type: string }[]
}

/** The subject of a calendar: a resource, a type, or its owner's bookings. */
export interface Subject {
  resource_id: string | null
  type_id: string | null
}

interface Since {
  from: number
  to: number
  since: number
}

// Longer than a member may book; the end of longer bookings is not shown.
const longest_ms = 367 * day_ms
// Ended bookings are only a courtesy.
const endedMax = 200
// Resources of which their types are asked for in one request.
const askedMax = 2000

/** Bookings a caller can see, with their revision for calendars. */
export function createSeenBookings(
  { store }: Pick<Context, 'store'>,
  { bookings, booking_items: items, booking_revisions: revisions }: BookingsTables,
  { find, reservations }: { find: Find; reservations: Pick<Reservations, 'see'> },
) {
  const state = stateNow(store, bookings)
  const hasPassed = sql`${bookings.state} <> ${state}`
  // Requests expire, and bookings lapse or become late, without any write.
  const revised = sql<number>`CASE WHEN ${hasPassed} THEN CASE ${bookings.state}
      WHEN 'requested' THEN ${bookings.decide_by} WHEN 'confirmed' THEN ${bookings.check_in_by}
      ELSE ${bookings.to_datetime} END
    ELSE coalesce(${revisions.revised}, ${bookings.created}) END`
  const sequence = sql<number>`coalesce(${revisions.sequence}, 0)
    + CASE WHEN ${hasPassed} THEN 1 ELSE 0 END`
  const columns = {
    id: bookings.id,
    number: bookings.number,
    state: state.as('state'),
    title: bookings.title,
    note: bookings.note,
    person: bookings.booked_for,
    from: bookings.from_datetime,
    to: bookings.to_datetime,
    created: bookings.created,
    sequence: sequence.mapWith(Number).as('sequence'),
    revised: revised.mapWith(bookings.created).as('revised'),
  }

  async function load(caller: Caller, only: SQL | undefined, limit: number) {
    // Readers of an address must not use up its owner's scans.
    const { db } = store.scan(`calendars of ${caller.id}`)
    const rows = await db
      .select(columns)
      .from(bookings)
      .leftJoin(revisions, eq(revisions.booking_id, bookings.id))
      .where(and(await find.toCondition({}, caller), only))
      .orderBy(asc(bookings.from_datetime), asc(bookings.id))
      .limit(limit)
    const ids = rows.map(({ id }) => id)
    const found = await db
      .select()
      .from(items)
      .where(and(inArray(items.booking_id, ids), eq(items.is_next, 0)))
      .orderBy(asc(items.position))
    const byBooking = Map.groupBy(found, ({ booking_id }) => booking_id)
    return rows.map((row): SeenBooking => {
      const own = byBooking.get(row.id) ?? []
      // An early return frees the rest of the time.
      const ends = own.map(({ to_datetime }) => to_datetime)
      return {
        ...row,
        to: row.state === 'returned' && ends.length > 0 ? Math.max(...ends) : row.to,
        state: row.state as BookingState,
        items: own.map(({ allocation_id, resource_id, resource_type }) => {
          return { allocation: allocation_id, resource: resource_id, type: resource_type }
        }),
      }
    })
  }

  const hasItem = (only: SQL | undefined) =>
    exists(
      store.db
        .select({ one: sql`1` })
        .from(items)
        .where(and(eq(items.booking_id, bookings.id), eq(items.is_next, 0), only)),
    )

  /** SQL: in a window, and ended since a moment. */
  function hasEnded({ from, to, since }: Since): SQL | undefined {
    return and(
      sql`${state} IN ('rejected', 'cancelled', 'expired', 'no_show')`,
      gte(revised, sql.param(since, bookings.created)),
      lt(bookings.from_datetime, to),
      gt(bookings.to_datetime, from),
      // Bounds the index range: a poll must not read years of bookings.
      gt(bookings.from_datetime, from - longest_ms),
    )
  }

  // The type of a resource can be renamed; only inventory knows which it is.
  async function isOfType(type_id: string, caller: Caller, only: SQL | undefined): Promise<SQL> {
    const { db } = store.scan(`calendars of ${caller.id}`)
    const { resource_id: id } = items
    const rows = await db
      .selectDistinct({ id })
      .from(items)
      .innerJoin(bookings, eq(bookings.id, items.booking_id))
      .leftJoin(revisions, eq(revisions.booking_id, bookings.id))
      .where(and(await find.toCondition({}, caller), only))
      .limit(askedMax)
    const ids = rows.map((row) => row.id)
    const { typeIds } = await reservations.see(ids, toViewer(caller))
    return hasItem(
      inArray(
        id,
        ids.filter((each) => typeIds.get(each) === type_id),
      ),
    )
  }

  return {
    /** Bookings that own these allocations. */
    ofAllocations: async (caller: Caller, ids: string[]): Promise<SeenBooking[]> => {
      if (ids.length === 0) return []
      const having = store.db
        .select({ id: items.booking_id })
        .from(items)
        .where(inArray(items.allocation_id, ids))
      return load(caller, inArray(bookings.id, having), ids.length)
    },
    /** Bookings in a window that ended since a moment: subscribers may still rely on them. */
    endedSince: async (
      caller: Caller,
      { resource_id, type_id }: Subject,
      since: Since,
    ): Promise<SeenBooking[]> => {
      const ended = hasEnded(since)
      const isOf =
        resource_id !== null
          ? hasItem(eq(items.resource_id, resource_id))
          : type_id !== null
            ? await isOfType(type_id, caller, ended)
            : eq(bookings.booked_for, caller.id)
      return load(caller, and(isOf, ended), endedMax)
    },
    /** One booking, if the caller may see it. */
    one: async (caller: Caller, id: string): Promise<SeenBooking | undefined> =>
      (await load(caller, eq(bookings.id, id), 1))[0],
  }
}

export type SeenBookings = ReturnType<typeof createSeenBookings>
