import { and, asc, eq, gt, lt, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { day_ms } from '../../../shared/duration.ts'
import type { BookingState } from '../../../shared/schemas/booking.ts'
import type { Find } from '../find-bookings.ts'
import type { Span } from '../policy/rules.ts'
import { stateNow } from '../state.ts'
import type { BookingsTables } from '../tables.ts'
import type { Line } from './line.ts'

const linesAtOnce = 500
// A booking is at most 366 days long. Without a bound each page would read all earlier years.
const longest_ms = 367 * day_ms

type Position = [from: number, id: string, position: number]

/** What was booked, with its handover: a line for each resource, by start. */
export function createBookedLines(
  { store }: Pick<Context, 'store'>,
  { bookings, booking_items: items, handovers }: BookingsTables,
  find: Find,
) {
  const { from_datetime: from, to_datetime: to, id } = bookings
  const columns = {
    id,
    from,
    to,
    number: bookings.number,
    state: stateNow(store, bookings).as('state'),
    person: bookings.booked_for,
    title: bookings.title,
    position: items.position,
    resource_id: items.resource_id,
    resource_type: items.resource_type,
    handover: handovers,
  }
  const isItem = and(eq(items.booking_id, id), eq(items.is_next, 0))
  const isHandover = and(eq(handovers.booking_id, id), eq(handovers.resource_id, items.resource_id))

  /** Those that touch the window, and that the caller may see. */
  return async function* read(window: Span, caller: Caller): AsyncGenerator<Line[]> {
    const { db } = store.scan(caller.id)
    const isWanted = and(
      await find.toCondition({}, caller),
      lt(from, window.to),
      gt(to, window.from),
      gt(from, window.from - longest_ms),
    )
    for (let after: Position | undefined; ;) {
      const rows = await db
        .select(columns)
        .from(bookings)
        .innerJoin(items, isItem)
        .leftJoin(handovers, isHandover)
        .where(and(isWanted, after && isAfter(after)))
        .orderBy(asc(from), asc(id), asc(items.position))
        .limit(linesAtOnce)
      yield rows.map((row) => ({ ...row, state: row.state as BookingState }))
      const last = rows.at(-1)
      if (!last || rows.length < linesAtOnce) return
      after = [last.from, last.id, last.position]
    }
  }

  function isAfter([start, key, position]: Position): SQL {
    const place = sql`${sql.param(start, from)}, ${sql.param(key, id)}, ${position}`
    return sql`(${from}, ${id}, ${items.position}) > (${place})`
  }
}
