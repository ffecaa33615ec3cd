import type { VersionedOnce } from '../../../shared/answer.ts'
import type { ChangeOnce } from '../../../shared/idempotency.ts'
import { readInstant } from '../../../shared/instant.ts'
import { conflict, invalid } from '../../../shared/problem.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingExtension } from '../../../shared/schemas/handover.ts'
import type { createChange } from '../change-booking.ts'
import type { Find } from '../find-bookings.ts'
import type { Once } from '../replay.ts'

interface Dependencies {
  find: Find
  once: Once
  change: ReturnType<typeof createChange>
}

/** Extends a booking, even when it is checked out or late, by an ordinary move. */
export function createExtend({ find, once, change }: Dependencies) {
  /** @throws 409 `not_all_free`, `already_extended`; 422 `policy_refused`, or it ends later */
  return async function extend(
    id: string,
    { body: { to }, ...given }: ChangeOnce<BookingExtension>,
  ): Promise<VersionedOnce<Booking>> {
    return once(given.idempotencyKey, async () => {
      const { row } = await find.find(id, given.caller)
      const until = readInstant(to) ?? Infinity
      if (until === row.to_datetime) {
        throw conflict('already_extended', 'It already ends at that time. Nothing was changed.')
      }
      if (until < row.to_datetime) {
        throw invalid([{ pointer: '#/to', detail: 'It must be later than the current end.' }])
      }
      return change(id, { body: { to }, ...given })
    })
  }
}
