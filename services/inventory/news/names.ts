import { inArray } from 'drizzle-orm'
import type { ResourceNames } from '../../../shared/schemas/inventory-event.ts'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from '../tables.ts'

/** The names of resources; unknown ones are left out. */
export function createNames({ db }: Store, { resources }: InventoryTables) {
  return async function nameResources(ids: string[]): Promise<ResourceNames> {
    return db
      .select({ id: resources.id, name: resources.name, resource_type: resources.resource_type })
      .from(resources)
      .where(inArray(resources.id, ids))
  }
}
