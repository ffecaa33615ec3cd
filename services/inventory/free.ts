import { sql, type Placeholder, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { buffersInSql } from './buffers.ts'
import { isLive } from './touches.ts'
import type { InventoryTables } from './tables.ts'

/**
 * SQL condition: the resource is free for the entire span, by the same probe as the rule.
 * @param span its bounds, or placeholders for them
 */
export function isFree(store: Store, tables: InventoryTables, span: Bounds): SQL {
  const { from_datetime } = tables.allocations
  return hasNothing(store, tables, {
    from: sql.param(span.from, from_datetime),
    to: sql.param(span.to, from_datetime),
  })
}

/**
 * The same for a new booking, which the resource is kept free around.
 * @param ofType as of `buffersInSql`
 */
export function isBookable(
  store: Store,
  tables: InventoryTables,
  { ofType, ...span }: Bounds & { ofType?: Parameters<typeof buffersInSql>[1] },
): SQL {
  const { before, after } = buffersInSql(tables, ofType)
  const second = sql.raw(store.columns.second)
  // Without a time beside it PostgreSQL would assume an interval.
  const toTime = (time: Bounds['from']) =>
    sql`coalesce(${sql.param(time, tables.allocations.from_datetime)}, ${tables.resources.created})`
  return hasNothing(store, tables, {
    from: sql`${toTime(span.from)} - ${before} * ${second}`,
    to: sql`${toTime(span.to)} + ${after} * ${second}`,
  })
}

type Bounds = Record<'from' | 'to', number | Placeholder>

// The last allocation that starts before the end decides.
function hasNothing(
  store: Store,
  { allocations, resources }: InventoryTables,
  { from, to }: Record<'from' | 'to', SQLWrapper>,
): SQL {
  return sql`NOT coalesce((
    SELECT a.to_datetime > ${from} FROM ${allocations} a
    WHERE a.resource_number = ${resources.number} AND a.from_datetime < ${to}
      AND ${isLive(store, { held_until: sql`a.held_until` })}
    ORDER BY a.from_datetime DESC LIMIT 1), false)`
}
