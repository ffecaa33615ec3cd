import { inArray } from 'drizzle-orm'
import { toServiceCaller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import type { Prunable } from '../../shared/host/prune.ts'
import { readInstant } from '../../shared/instant.ts'
import { newReservationsMax } from '../../shared/schemas/reservation.ts'
import { hold } from './hold.ts'
import type { Reservations } from './reservations.ts'
import type { BookingsTables } from './tables.ts'
import { day_ms } from '../../shared/duration.ts'

// Longer than clients retry a request.
const keepFor_ms = 7 * day_ms

/**
 * Gives back allocations that were reserved but never recorded. The commit lets only one of the two
 * happen: recorded or given back.
 */
export function createAbandon(
  { store: { db }, clock }: Pick<Context, 'store' | 'clock'>,
  { booking_items: items, abandoned_allocations: abandoned }: BookingsTables,
  reservations: Reservations,
) {
  const caller = toServiceCaller('bookings', 'service')

  /** The ids that are recorded as booked. */
  async function findRecorded(ids: string[]): Promise<Set<string>> {
    const { allocation_id } = items
    const rows = await db
      .selectDistinct({ id: allocation_id })
      .from(items)
      .where(inArray(allocation_id, ids))
    return new Set(rows.map(({ id }) => id))
  }

  async function findAbandoned(ids: string[]): Promise<string[]> {
    const { allocation_id } = abandoned
    const rows = await db
      .select({ id: allocation_id })
      .from(abandoned)
      .where(inArray(allocation_id, ids))
    return rows.map(({ id }) => id)
  }

  /** Prevents the ids that are not recorded yet from ever being recorded. */
  async function forbid(ids: string[]): Promise<void> {
    const rows = ids.map((allocation_id) => ({ allocation_id, abandoned: clock() }))
    await db.insert(abandoned).values(rows).onConflictDoNothing()
  }

  /** Releases the ids that are not recorded. */
  async function release(ids: string[], by: string): Promise<void> {
    await forbid(ids)
    const left = await findAbandoned(ids)
    if (left.length > 0) await reservations.release(left, by)
  }

  /**
   * Acknowledges recorded allocations to inventory and releases those that were not recorded in
   * time.
   */
  async function sweep(): Promise<void> {
    while (await sweepSome());
  }

  /** @returns whether more may remain */
  async function sweepSome(): Promise<boolean> {
    const found = await reservations.listNew()
    if (found.length === 0) return false
    const ids = found.map(({ id }) => id)
    const known = await findRecorded(ids)
    const begun = clock() - hold.for_ms
    const isLeft = ({ id, created }: (typeof found)[number]) =>
      !known.has(id) && (readInstant(created) ?? 0) < begun
    const left = found.filter(isLeft).map(({ id }) => id)
    if (left.length > 0) await release(left, caller.id)
    // An ended hold cannot be released any more, but stays listed until it is acknowledged.
    const done = [...known, ...left]
    if (done.length > 0) await reservations.know(done)
    return found.length === newReservationsMax && done.length > 0
  }

  const prunable: Prunable = {
    name: 'abandoned allocations',
    table: abandoned,
    key: abandoned.allocation_id,
    since: abandoned.abandoned,
    keepFor_ms,
  }

  return {
    forbid,
    isAbandoned: async (ids: string[]) => (await findAbandoned(ids)).length > 0,
    release,
    sweep,
    prunable,
  }
}

export type Abandon = ReturnType<typeof createAbandon>
