import { and } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { notFound, preconditionFailed } from '../../shared/problem.ts'
import { isDeadlock } from '@campus/store/error.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import { requireMayChange } from './booking.ts'
import { asMayEnd, requireNotOver } from './history/past.ts'
import type { AllocationRow, InventoryTables } from './tables.ts'
import { isVersion } from './touches.ts'

/** Releases an allocation. */
export function createRelease(context: Context, { allocations }: InventoryTables) {
  const { store, clock } = context
  /**
   * @throws 403 for somebody else's, 409 when it is over, 412 for another version, 404 when it was
   *   released meanwhile
   */
  return async function release(
    row: AllocationRow,
    { caller, ifMatch }: Change<unknown>,
  ): Promise<void> {
    requireMayChange(caller, row)
    requireMatch(row.version, ifMatch)
    requireNotOver(caller, row, clock())
    const isIt = and(
      isVersion({ store, allocations }, row, ifMatch && row.version),
      asMayEnd(context, allocations, caller),
    )
    const gone = await retryOnConflict(() =>
      store.db
        .delete(allocations)
        .where(isIt)
        .returning({ id: allocations.id })
        // A waiting entry served by it may want time that others are about to book.
        .catch(undefinedOnDeadlock),
    )
    if (gone.length === 0) throw ifMatch ? preconditionFailed() : notFound('allocation', row.id)
  }
}

function undefinedOnDeadlock(error: unknown): undefined {
  if (!isDeadlock(error)) throw error
}
