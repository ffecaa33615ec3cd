import type { Versioned } from '../../../shared/answer.ts'
import { readInstant } from '../../../shared/instant.ts'
import { invalid } from '../../../shared/problem.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingExtension } from '../../../shared/schemas/handover.ts'
import type { Change } from '../../../shared/version.ts'
import type { createChange } from '../change-booking.ts'
import type { Find } from '../find-bookings.ts'

/** Keeps a booking longer, also one that is checked out or late: a move like any other. */
export function createExtend(find: Find, change: ReturnType<typeof createChange>) {
  /** @throws 409 `not_all_free`, 422 `policy_refused` or when it would not end later */
  return async function extend(
    id: string,
    { body: { to }, ...given }: Change<BookingExtension>,
  ): Promise<Versioned<Booking>> {
    const { row } = await find.find(id, given.caller)
    if ((readInstant(to) ?? Infinity) <= row.to_datetime) {
      throw invalid([{ pointer: '#/to', detail: 'It must be later than it ends now.' }])
    }
    return change(id, { body: { to }, ...given })
  }
}
