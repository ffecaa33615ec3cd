import { and, eq, isNull, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { writeOnce } from '../../shared/idempotency.ts'
import { conflict } from '../../shared/problem.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { StoredResponse } from '@campus/store/batch.ts'
import { violation } from '@campus/store/error.ts'
import { toVersioned, type Find } from './find-bookings.ts'
import type { Settlement } from './settle.ts'
import { isOpen } from './state.ts'
import type { BookingRow, BookingsTables } from './tables.ts'

interface Writing {
  values: Partial<BookingRow>
  caller: Caller
  /** Statements before it in the same transaction. */
  first?: SQL[]
  /** A further condition of the commit. */
  only?: SQL | undefined
  /** The stored response for retries; removed if the change is undone. */
  response?: StoredResponse | undefined
}

/** Changes the state of a booking: recorded unless another change came first, then settled. */
export function createTransition(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { bookings }: BookingsTables,
  { find, settlement }: { find: Find; settlement: Settlement },
) {
  /** @returns false if somebody changed it meanwhile, or `only` does not hold */
  async function write(
    { id, version }: BookingRow,
    { values, caller, first = [], only, response }: Writing,
  ): Promise<boolean> {
    const isUnchanged = and(
      eq(bookings.id, id),
      eq(bookings.version, version),
      isNull(bookings.unsettled),
      only,
    )
    const update = store.db
      .update(bookings)
      .set({
        ...values,
        request_key: response?.key ?? null,
        changed_by: caller.id,
        version: sql`${bookings.version} + 1`,
      })
      .where(isUnchanged)
      .getSQL()
    const statements = [...first, update]
    return writeOnce(store, statements, { response, now_ms: clock() }).catch(loseToAnother)
  }

  /** Tells inventory, and returns the resulting booking. */
  async function settle(id: string, caller: Caller): Promise<Versioned<Booking>> {
    const [stored] = await settlement.load([id])
    if (stored && stored.row.unsettled !== null) await settlement.settle(stored)
    return toVersioned(await find.find(id, caller))
  }

  return { write, settle }
}

export type Transition = ReturnType<typeof createTransition>

/** @throws 409 unless it is requested or confirmed */
export function requireOpen({ state }: BookingRow): void {
  if (isOpen(state)) return
  throw conflict('booking_closed', `The booking is ${state} and can no longer be changed.`)
}

/** @throws 409 if it has ended */
export function requireNotOver({ to_datetime }: BookingRow, now: number): void {
  if (to_datetime > now) return
  throw conflict('booking_over', 'The booking is over and can no longer be changed.')
}

// Another request is recording a move.
function loseToAnother(error: unknown): false {
  if (violation(error) === 'unique') return false
  throw error
}
