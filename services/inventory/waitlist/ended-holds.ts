import { and, gt, inArray, lt, lte } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import type { TimeSpan } from '../span.ts'
import type { InventoryTables } from '../tables.ts'

/**
 * Removes conflicting expired holds in a commit of its own, so that the waiting list gets their
 * time. Called after a refusal because of them, which rolled their removal back.
 */
export function createRemoveEndedHolds({ db, columns }: Store, { allocations }: InventoryTables) {
  return async function removeEndedHolds(
    resources: readonly number[],
    span: TimeSpan,
  ): Promise<void> {
    const isInTheWay = and(
      inArray(allocations.resource_number, [...resources]),
      lt(allocations.from_datetime, span.to),
      gt(allocations.to_datetime, span.from),
      lte(allocations.held_until, columns.now),
    )
    // There is hardly ever one, and a read costs less.
    const [ended] = await db
      .select({ id: allocations.id })
      .from(allocations)
      .where(isInTheWay)
      .limit(1)
    if (ended) await db.delete(allocations).where(isInTheWay)
  }
}
