import { and, eq, inArray, isNull, notInArray, sql } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { ManagedTargets, ManagedTypes } from '../../../shared/schemas/reservation.ts'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from '../tables.ts'

/** Which types a service books by its rules: those it names, and those of resources it names. */
export function createManagedTypes(
  { db }: Store,
  { resources, resource_types: types }: InventoryTables,
) {
  return async function set(
    { types: names, resources: ids }: ManagedTargets,
    { id }: Caller,
  ): Promise<ManagedTypes> {
    const service = id.replace('service:', '')
    const found = await db
      .select({ id: resources.id, type: resources.resource_type })
      .from(resources)
      .where(inArray(resources.id, ids))
    const wanted = [...new Set([...names, ...found.map(({ type }) => type)])]
    const own = eq(types.managed_by, service)
    const version = sql`${types.version} + 1`
    await db
      .update(types)
      .set({ managed_by: null, version })
      .where(and(own, notInArray(types.name, wanted)))
    await db
      .update(types)
      .set({ managed_by: service, version })
      .where(and(isNull(types.managed_by), inArray(types.name, wanted)))
    const managed = await db.select({ name: types.name }).from(types).where(own)
    const known = new Set([...managed.map(({ name }) => name), ...found.map((it) => it.id)])
    return {
      types: managed.map(({ name }) => name),
      unknown: [...names, ...ids].filter((target) => !known.has(target)),
    }
  }
}
