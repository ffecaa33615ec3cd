import { sql, type SQL } from 'drizzle-orm'
import type { BookingState } from '../../shared/schemas/booking.ts'
import type { Store } from '../../shared/store/store.ts'
import type { BookingsTables } from './tables.ts'

/** The state as it is now: a request expires when its time is up, whether anything runs or not. */
export function stateNow(
  { columns: { now } }: Pick<Store, 'columns'>,
  { state, decide_by }: BookingsTables['bookings'],
): SQL<string> {
  return sql<string>`CASE WHEN ${state} = 'requested' AND ${decide_by} <= ${now}
    THEN 'expired' ELSE ${state} END`
}

const ended = ['rejected', 'cancelled', 'expired'] as const satisfies BookingState[]

/** Whether it came to nothing: its time is for others. */
export function hasEnded(state: string): boolean {
  return (ended as readonly string[]).includes(state)
}
