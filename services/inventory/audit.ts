import { sql } from 'drizzle-orm'
import type { Audit } from '../../shared/schemas/allocation.ts'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from './tables.ts'
import { isLive } from './touches.ts'
import { countPassedOver } from './waitlist/passed-over.ts'

/**
 * Counts overlaps from the rows, independent of the constraint. One run at a time: concurrent
 * callers share it.
 */
export function createAudit(store: Store, tables: InventoryTables): () => Promise<Audit> {
  let running: Promise<Audit> | undefined
  return () => (running ??= countAll(store, tables).finally(() => (running = undefined)))
}

async function countAll(store: Store, tables: InventoryTables): Promise<Audit> {
  const [counts] = await store
    .scan('audit')
    .rows<Record<'resources' | 'allocations' | 'ended_holds' | 'overlaps', number>>(
      sql`
    SELECT
      (SELECT count(*) FROM resources WHERE decommissioned IS NULL) AS resources,
      (SELECT count(*) FROM allocations WHERE allocation_type <> 'decommissioned'
        AND ${isLive(store, { held_until: sql`held_until` })}) AS allocations,
      (SELECT count(*) FROM allocations WHERE held_until <= ${store.columns.now}) AS ended_holds,
      (SELECT count(*) FROM (
        SELECT from_datetime, max(to_datetime) OVER (
          PARTITION BY resource_number ORDER BY from_datetime, to_datetime
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_end
        FROM allocations) AS spans WHERE earlier_end > from_datetime) AS overlaps`,
    )
  const { resources = 0, allocations = 0, ended_holds = 0, overlaps = 0 } = counts ?? {}
  return {
    resources: Number(resources),
    allocations: Number(allocations),
    // Without the rule that removes them, expired holds would block.
    blocking_holds: (await removesHolds(store)) ? 0 : Number(ended_holds),
    overlaps: Number(overlaps),
    waiters_passed_over: await countPassedOver(store, tables),
    constraint: await hasConstraint(store),
  }
}

/** @throws Error when the database would accept overlaps */
export async function requireConstraint(store: Store): Promise<void> {
  if (await hasConstraint(store)) return
  throw new Error('The overlap constraint is missing from the database. Restore it before serving.')
}

async function hasConstraint(store: Store): Promise<boolean> {
  const names = await store.rows<{ name: string }>(overlapRules[store.dialect])
  return names.length === overlapRuleCount[store.dialect]
}

// Read from the catalogue, which has the actual rule, not from the list of migrations.
const overlapRules = {
  sqlite: sql`SELECT name FROM sqlite_schema
    WHERE type = 'trigger' AND tbl_name = 'allocations' AND (
      (name = 'allocation_overlap_on_insert' AND sql LIKE '%BEFORE INSERT%RAISE(IGNORE)%') OR
      (name = 'allocation_overlap_on_update' AND sql LIKE '%BEFORE UPDATE%RAISE(ABORT%'))`,
  postgres: sql`SELECT conname AS name FROM pg_constraint
    WHERE conrelid = 'allocations'::regclass AND conname = 'allocation_overlap'
      AND contype = 'x' AND convalidated`,
}
const overlapRuleCount = { sqlite: 2, postgres: 1 }

async function removesHolds(store: Store): Promise<boolean> {
  const names = await store.rows<{ name: string }>(holdRules[store.dialect])
  return names.length === overlapRuleCount[store.dialect]
}

const holdRules = {
  sqlite: sql`SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'allocations'
    AND name IN ('allocation_overlap_on_insert', 'allocation_overlap_on_update')
    AND sql LIKE '%DELETE FROM allocations%held_until <=%'`,
  postgres: sql`SELECT tgname AS name FROM pg_trigger WHERE tgrelid = 'allocations'::regclass
    AND tgname = 'allocation_remove_ended_holds' AND tgenabled = 'O'`,
}
