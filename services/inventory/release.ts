import type { Context } from '../../shared/context.ts'
import { notFound, preconditionFailed } from '../../shared/problem.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import { requireMayChange } from './booking.ts'
import type { AllocationRow, InventoryTables } from './tables.ts'
import { isVersion } from './touches.ts'

/** Gives the time of an allocation back. */
export function createRelease({ store }: Context, { allocations }: InventoryTables) {
  /** @throws 403 for somebody else's, 412 for another version, 404 when it is gone meanwhile */
  return async function release(
    row: AllocationRow,
    { caller, ifMatch }: Change<unknown>,
  ): Promise<void> {
    requireMayChange(caller, row)
    requireMatch(row.version, ifMatch)
    const gone = await store.db
      .delete(allocations)
      .where(isVersion({ store, allocations }, row, ifMatch && row.version))
      .returning({ id: allocations.id })
    if (gone.length === 0) throw ifMatch ? preconditionFailed() : notFound('allocation', row.id)
  }
}
