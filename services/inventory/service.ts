import type { Context } from '../../shared/context.ts'
import { createDailyLimit, prunableDailyCounts } from '../../shared/daily-limit.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { createAllocateMany } from './allocate-many.ts'
import { createAllocationList } from './allocation-list.ts'
import { createAllocations } from './allocations.ts'
import { createAudit, requireConstraint } from './audit.ts'
import { createAvailability } from './availability.ts'
import { createHolds } from './holds.ts'
import { createOpenings } from './openings/openings.ts'
import { createEvents } from './events.ts'
import { createResources } from './resources.ts'
import { createSearch } from './resource-search.ts'
import { createRetirement } from './retirement.ts'
import { inventoryTables } from './tables.ts'
import { createTypes } from './types.ts'
import { createCheck } from './waitlist/free-already.ts'
import { createUpkeep } from './waitlist/upkeep.ts'
import { createWaitlist } from './waitlist/waitlist.ts'

/** The rules of inventory. Knows no HTTP. */
export function inventoryService(context: Context) {
  const { store } = context
  const tables = inventoryTables(store.columns)
  const types = createTypes(context, tables)
  const resources = createResources(context, tables, types)
  const events = createEvents(context, tables)
  const { userBookingsPerDay } = context.config
  const limit = createDailyLimit(context, 'bookings and changes', userBookingsPerDay)
  context.check('overlap constraint', () => requireConstraint(store))
  const holds = createHolds(context, tables)
  const check = createCheck(context, tables)
  const upkeep = createUpkeep(context, tables, check)
  const waitlist = createWaitlist(context, tables, { resources, types, limit, check })
  context.every(1, 'serve who waits', upkeep.run)
  context.onUsersRemoved(waitlist.forget)
  context.prune(upkeep.prunable)
  const readFilter = createSearch(context, tables, types)
  context.prune(events.prunable)
  context.prune(holds.prunable)
  context.prune(prunableIdempotencyKeys(store))
  context.prune(prunableDailyCounts(store))
  return {
    types,
    resources,
    retirement: createRetirement(context, tables, resources),
    readFilter,
    allocations: createAllocations(context, tables, { resources, types, limit }),
    allocateMany: createAllocateMany(context, tables, { types, limit }),
    holds,
    waitlist,
    listAllocations: createAllocationList(context, tables),
    availability: createAvailability(context, tables, resources),
    listOpenings: createOpenings(context, tables, { resources, types, readFilter }),
    events,
    audit: createAudit(store, tables),
  }
}

export type InventoryService = ReturnType<typeof inventoryService>
