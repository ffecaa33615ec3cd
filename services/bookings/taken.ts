import { and, eq, inArray, isNull } from 'drizzle-orm'
import { toServiceCaller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import type { Abandon } from './abandon.ts'
import type { Reservations } from './reservations.ts'
import type { Settlement, Stored } from './settle.ts'
import { isOpen, isOut } from './state.ts'
import type { BookingsTables } from './tables.ts'
import type { Transition } from './transition.ts'

const reason = 'Inventory took it back. What was booked is no longer available.'
const lostReason =
  'Inventory took its time back while it was checked out. Others can book the resource from ' +
  'now on, but cannot pick it up before it is returned.'

interface Dependencies {
  abandon: Abandon
  reservations: Reservations
  settlement: Settlement
  transition: Transition
}

/**
 * Cancels bookings whose allocations inventory no longer has: a resource was taken out of service,
 * or an operator deleted rows. A checked-out booking stays so, and is marked.
 */
export function createTaken(
  { store, clock, log }: Pick<Context, 'store' | 'clock' | 'log'>,
  { booking_items: items }: BookingsTables,
  { abandon, reservations, settlement, transition }: Dependencies,
) {
  const caller = toServiceCaller('bookings', 'service')

  /**
   * Cancels or marks it, depending on its state at the commit, as it may be checked out right now.
   */
  async function endOrMark(id: string, taken: string[]): Promise<void> {
    await retryOnConflict(async () => {
      const stored = await settlement.find(id)
      if (!stored) return true
      const { state } = stored.row
      if (isOpen(state)) return (await cancel(stored)) || undefined
      return !isOut(state) || (await markLost(stored, taken)) || undefined
    })
  }

  async function cancel({ row }: Stored): Promise<boolean> {
    const values = { state: 'cancelled', decided_by: null, reason, unsettled: clock() }
    if (!(await transition.write(row, { values, caller }))) return false
    log.warn('a booking was cancelled: the inventory took it back', { booking: row.id })
    await settlement.find(row.id)
    return true
  }

  /** It is checked out, so it cannot be cancelled: it is marked until it is returned. */
  async function markLost({ row }: Stored, taken: string[]): Promise<boolean> {
    const isTaken = and(
      eq(items.booking_id, row.id),
      inArray(items.allocation_id, taken),
      isNull(items.lost),
    )
    const mark = store.db.update(items).set({ lost: clock() }).where(isTaken).getSQL()
    const values = { reason: lostReason }
    if (!(await transition.write(row, { values, caller, first: [mark] }))) return false
    log.warn('a booking lost its time while it is checked out', { booking: row.id })
    return true
  }

  return async function follow(): Promise<void> {
    for (;;) {
      const ids = await reservations.listTaken()
      if (ids.length === 0) return
      // None of these is recorded from now on either.
      await abandon.forbid(ids)
      const found = await store.db
        .selectDistinct({ id: items.booking_id })
        .from(items)
        .where(inArray(items.allocation_id, ids))
      for (const { id } of found) await endOrMark(id, ids)
      // Acknowledges the loss to inventory.
      await reservations.release(ids, caller.id)
    }
  }
}
