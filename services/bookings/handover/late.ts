import { and, eq, inArray, isNull, lte } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import { isOpen } from '../state.ts'
import type { BookingsTables } from '../tables.ts'

/** Tells the next user that their resource is late. */
export function createLate(
  { store }: Pick<Context, 'store'>,
  { bookings, handovers }: BookingsTables,
) {
  async function findLate(ids: string[]): Promise<Map<string, number>> {
    const rows = await store.db
      .select({ id: handovers.resource_id, due: bookings.to_datetime })
      .from(handovers)
      .innerJoin(bookings, eq(bookings.id, handovers.booking_id))
      .where(
        and(
          inArray(handovers.resource_id, ids),
          isNull(handovers.returned),
          lte(bookings.to_datetime, store.columns.now),
        ),
      )
    return new Map(rows.map(({ id, due }) => [id, due]))
  }

  /** Adds `late_since` to each resource that somebody else should have returned. */
  return async function markLate(found: Booking[]): Promise<Booking[]> {
    const ids = found
      .filter(({ state }) => isOpen(state))
      .flatMap(({ items }) => items.map((it) => it.resource_id))
    const late = ids.length === 0 ? undefined : await findLate([...new Set(ids)])
    if (!late || late.size === 0) return found
    return found.map((booking) => {
      if (!isOpen(booking.state)) return booking
      const items = booking.items.map((item) => {
        const due = late.get(item.resource_id)
        return due === undefined ? item : { ...item, late_since: toInstant(due) ?? '' }
      })
      return { ...booking, items }
    })
  }
}

export type MarkLate = ReturnType<typeof createLate>
