import { and, eq, inArray, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from '../tables.ts'
import { isLive } from '../touches.ts'

/** SQL conditions: allocations of the calling service. */
export function createOwn(store: Store, { allocations }: InventoryTables) {
  const isOwn = ({ id }: Caller): SQL | undefined =>
    and(eq(allocations.created_by, id), isLive(store, allocations))
  return {
    isOwn,
    among: (ids: string[], caller: Caller): SQL | undefined =>
      and(inArray(allocations.id, ids), isOwn(caller)),
  }
}

export type Own = ReturnType<typeof createOwn>
