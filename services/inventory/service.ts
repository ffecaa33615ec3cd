import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import type { ResourceType } from '../../shared/schemas/resource.ts'
import { createAllocationList } from './allocation-list.ts'
import { createAllocations } from './allocations.ts'
import { createAudit, requireConstraint } from './audit.ts'
import { createAvailability } from './availability.ts'
import { createEvents } from './events.ts'
import { resourceTypes, type DeclaredType } from './resource-types.ts'
import { createResources } from './resources.ts'
import { inventoryTables } from './tables.ts'

/** The rules of inventory: who may have what when. Knows no HTTP. */
export function inventoryService(context: Context) {
  const { store } = context
  const tables = inventoryTables(store.columns)
  const resources = createResources(context, tables)
  const events = createEvents(context, tables)
  context.check('overlap constraint', () => requireConstraint(store))
  context.prune(events.prunable)
  context.prune(prunableIdempotencyKeys(store))
  return {
    resources,
    allocations: createAllocations(context, tables, resources),
    listAllocations: createAllocationList(context, tables),
    availability: createAvailability(context, tables, resources),
    events,
    audit: createAudit(store),
    types: () => Object.entries(resourceTypes).map(toResourceType),
  }
}

export type InventoryService = ReturnType<typeof inventoryService>

function toResourceType([segment, type]: [string, DeclaredType]): ResourceType {
  const { name, grid } = type
  return {
    resource_type: name,
    path: `/api/${segment}`,
    kind: grid ? 'interval' : 'continuous',
    slot_seconds: grid ? grid.length_ms / 1000 : null,
    slot_origin: grid ? toInstant(grid.origin_ms) : null,
  }
}
