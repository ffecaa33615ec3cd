import type { Caller } from '../../shared/access.ts'
import { toInstant } from '../../shared/instant.ts'
import type { NewReservation } from '../../shared/schemas/reservation.ts'
import type { Wanted } from './booking-values.ts'
import { toViewer } from './reservations.ts'

/**
 * Lasts from hold to confirmation, or from reservation to record. If a process dies in between, the
 * time is blocked for this long.
 */
export const hold = { for: 'PT1M', for_ms: 60_000 }

interface Holding {
  /** The booking's number, for people. */
  reference?: string
  isForGood?: boolean
}

/** A request to inventory for a hold or a confirmed reservation. */
export function toHold(
  { items, from, to, title, booked_for }: Wanted,
  caller: Caller,
  { reference, isForGood = false }: Holding = {},
): NewReservation {
  return {
    items,
    from_datetime: toInstant(from),
    to_datetime: toInstant(to),
    description: title,
    booked_for,
    ...(!isForGood && { hold_for: hold.for }),
    viewer: toViewer(caller),
    ...(reference !== undefined && { reference }),
  }
}
