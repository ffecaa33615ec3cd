import { sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import type { InventoryTables } from '../tables.ts'
import { day_ms } from '../../../shared/duration.ts'

/** How long former versions are kept; Infinity by default. The changes that name them need them. */
function keepFor_ms({ config }: Pick<Context, 'config'>): number {
  const { HISTORY_DAYS, CHANGES_DAYS } = config
  return HISTORY_DAYS === 0 ? Infinity : Math.max(HISTORY_DAYS, CHANGES_DAYS) * day_ms
}

/** The moment since which the history is complete. */
export async function readStart(context: Context, tables: InventoryTables): Promise<number> {
  const [start] = await context.store.db.select().from(tables.history_start)
  return Math.max(start?.began ?? -Infinity, context.clock() - keepFor_ms(context))
}

/** Expired former versions; undefined when they are kept forever. */
export function prunableVersions(context: Context, tables: InventoryTables): Prunable | undefined {
  const { allocation_versions } = tables
  const keep_ms = keepFor_ms(context)
  if (keep_ms === Infinity) return undefined
  return {
    name: 'former versions of bookings',
    table: allocation_versions,
    key: allocation_versions.number,
    since: allocation_versions.valid_to,
    keepFor_ms: keep_ms,
    order: allocation_versions.number,
    // Never the newest: the next number continues from it.
    mayGo: sql`${allocation_versions.number} < (
      SELECT max(number) FROM ${allocation_versions})`,
  }
}
