import { and, asc, eq, gt, gte, lt, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import type { TimeSpan } from './span.ts'
import type { AllocationRow, InventoryTables } from './tables.ts'

export interface Allocations {
  store: Store
  allocations: InventoryTables['allocations']
}

/**
 * The allocations of a resource that touch a window. They never overlap, so of those that start
 * before it only the last can reach into it: the index is entered there, however many there are.
 */
export function touches(
  { store, allocations }: Allocations,
  resource: number | SQLWrapper,
  { from, to }: { from: number | SQLWrapper; to: number | SQLWrapper },
): SQL | undefined {
  const start = typeof from === 'number' ? sql.param(from, allocations.from_datetime) : from
  const entry = sql`coalesce((
    SELECT max(earlier.from_datetime) FROM ${allocations} earlier
    WHERE earlier.resource_number = ${resource} AND earlier.from_datetime <= ${start}), ${start})`
  return and(
    eq(allocations.resource_number, resource),
    gte(allocations.from_datetime, entry),
    lt(allocations.from_datetime, to),
    gt(allocations.to_datetime, from),
    isLive(store, allocations),
  )
}

/** The first allocations of a resource that touch a window, in order. */
export function findTouching(
  { store, allocations }: Allocations,
  { resource, span, limit }: { resource: number; span: TimeSpan; limit: number },
): Promise<AllocationRow[]> {
  return store.db
    .select()
    .from(allocations)
    .where(touches({ store, allocations }, resource, span))
    .orderBy(asc(allocations.from_datetime))
    .limit(limit)
}

/** One allocation, in any version or in that one. */
export function isVersion(
  { store, allocations }: Allocations,
  row: AllocationRow,
  version: number | undefined,
): SQL | undefined {
  return and(
    eq(allocations.resource_number, row.resource_number),
    eq(allocations.id, row.id),
    isLive(store, allocations),
    version === undefined ? undefined : eq(allocations.version, version),
  )
}

/** Whether it is confirmed, or a hold that has not expired. Expired ones are in no response. */
export function isLive(
  { columns: { now } }: Pick<Store, 'columns'>,
  { held_until }: { held_until: SQLWrapper },
): SQL {
  return sql`(${held_until} IS NULL OR ${held_until} > ${now})`
}
