import { and, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import { conflict } from '../../../shared/problem.ts'
import type { Store } from '@campus/store/store.ts'
import { shownBounds, shownSpan } from '../buffers.ts'
import type { AllocationRow, InventoryTables } from '../tables.ts'

/**
 * A booking that is over can be corrected by administrators only.
 * @throws 409 `allocation_over` for a member
 */
export function requireNotOver(caller: Caller, row: AllocationRow, now: number): void {
  if (caller.role !== 'member' || shownSpan(row).to > now) return
  throw conflict('allocation_over', 'It is over. Only an administrator may change or release it.')
}

/**
 * Added to the WHERE of a change or release: signs it, and leaves a booking unchanged that is over
 * by the time of the write, even if it was moved meanwhile.
 */
export function asMayEnd(
  { store, clock }: { store: Store; clock: () => number },
  allocations: InventoryTables['allocations'],
  { role, id }: Caller,
): SQL | undefined {
  const { to } = shownBounds(store.columns, { allocations })
  const isNotOver = sql`${to} > ${sql.param(clock(), allocations.to_datetime)}`
  return and(role === 'member' ? isNotOver : undefined, store.signedBy(id))
}
