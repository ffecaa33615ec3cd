import { and, eq, gt, gte, lt, sql, type SQL } from 'drizzle-orm'
import type { TimeSpan } from './span.ts'
import type { InventoryTables } from './tables.ts'

/**
 * The allocations of a resource that touch a window. As they never overlap, those that start
 * before it are decided by the last of them: the index is entered there, however many there are.
 */
export function touches(
  allocations: InventoryTables['allocations'],
  resource: number,
  { from, to }: TimeSpan,
): SQL | undefined {
  const start = sql.param(from, allocations.from_datetime)
  const entry = sql`coalesce((
    SELECT max(earlier.from_datetime) FROM ${allocations} earlier
    WHERE earlier.resource_number = ${resource} AND earlier.from_datetime <= ${start}), ${start})`
  return and(
    eq(allocations.resource_number, resource),
    gte(allocations.from_datetime, entry),
    lt(allocations.from_datetime, to),
    gt(allocations.to_datetime, from),
  )
}
