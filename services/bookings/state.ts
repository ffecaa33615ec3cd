import { sql, type SQL } from 'drizzle-orm'
import type { BookingState } from '../../shared/schemas/booking.ts'
import type { Store } from '@campus/store/store.ts'
import type { BookingsTables } from './tables.ts'

/**
 * The current state: a request expires, and a booking that is not picked up lapses, when its time
 * is up, even if nothing runs.
 */
export function stateNow(
  { columns: { now } }: Pick<Store, 'columns'>,
  { state, decide_by, check_in_by, to_datetime }: BookingsTables['bookings'],
): SQL<string> {
  return sql<string>`CASE WHEN ${state} = 'requested' AND ${decide_by} <= ${now} THEN 'expired'
    WHEN ${state} = 'confirmed' AND ${check_in_by} <= ${now} THEN 'no_show'
    WHEN ${state} = 'checked_out' AND ${to_datetime} <= ${now} THEN 'late'
    ELSE ${state} END`
}

/** Ended without being used. */
export const endedStates = [
  'rejected',
  'cancelled',
  'expired',
  'no_show',
] as const satisfies BookingState[]

/** Whether it ended without being used, so that its time is free. */
export function hasEnded(state: string): boolean {
  return (endedStates as readonly string[]).includes(state)
}

/** Whether it is pending or upcoming, so that it can be changed and cancelled. */
export function isOpen(state: string): boolean {
  return state === 'requested' || state === 'confirmed'
}

/** Whether it is checked out. */
export function isOut(state: string): boolean {
  return state === 'checked_out' || state === 'late'
}
