import { sql, type Placeholder, type SQL } from 'drizzle-orm'
import type { Store } from '../../shared/store/store.ts'
import { isLive } from './touches.ts'
import type { InventoryTables } from './tables.ts'

/**
 * SQL condition: the resource is free for the entire span, by the same probe as the rule.
 * @param span its bounds, or placeholders for them
 */
export function isFree(
  store: Store,
  { allocations, resources }: InventoryTables,
  span: Record<'from' | 'to', number | Placeholder>,
): SQL {
  const to = sql.param(span.to, allocations.from_datetime)
  const from = sql.param(span.from, allocations.from_datetime)
  // The last allocation that starts before the end decides.
  return sql`NOT coalesce((
    SELECT a.to_datetime > ${from} FROM ${allocations} a
    WHERE a.resource_number = ${resources.number} AND a.from_datetime < ${to}
      AND ${isLive(store, { held_until: sql`a.held_until` })}
    ORDER BY a.from_datetime DESC LIMIT 1), false)`
}
