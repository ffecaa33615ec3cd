import { sql } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from '../tables.ts'
import { firstFit } from './first-fit.ts'
import { readGaps } from './gaps.ts'

/**
 * Counts entries that wait although their time is free: 0, unless a trigger is missing. Expired
 * holds still count as taken, as their time is offered to the waiting list first. At most a
 * thousand.
 */
export async function countPassedOver(store: Store, tables: InventoryTables): Promise<number> {
  const reader = { columns: store.columns, ...store.scan('audit') }
  const gaps = await readGaps(reader, tables, { whose: sql`m.checked = 1` })
  return new Set(
    gaps.filter((gap) => firstFit(gap, gap, gap) !== undefined).map(({ entry }) => entry),
  ).size
}
