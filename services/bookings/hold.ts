import type { Caller } from '../../shared/access.ts'
import { toInstant } from '../../shared/instant.ts'
import type { NewReservation } from '../../shared/schemas/reservation.ts'
import type { Wanted } from './booking-values.ts'
import { toViewer } from './reservations.ts'

/**
 * From the hold to its confirmation, or from the reservation to its record. A process that dies in
 * between blocks the time for so long.
 */
export const hold = { for: 'PT1M', for_ms: 60_000 }

interface Holding {
  /** The number of the booking, for people. */
  reference?: string
  isForGood?: boolean
}

/** What inventory is asked to hold, or to give for good. */
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
