import { sql } from 'drizzle-orm'
import type { Audit } from '../../shared/schemas/allocation.ts'
import type { Store } from '../../shared/store/store.ts'

/**
 * Counts from the rows, whatever the database promises. One run at a time: who asks meanwhile
 * shares it.
 */
export function createAudit(store: Store): () => Promise<Audit> {
  let running: Promise<Audit> | undefined
  return () => (running ??= countAll(store).finally(() => (running = undefined)))
}

async function countAll(store: Store): Promise<Audit> {
  const [counts] = await store
    .scan('audit')
    .rows<Record<'resources' | 'allocations' | 'overlaps', number>>(
      sql`
    SELECT
      (SELECT count(*) FROM resources WHERE decommissioned IS NULL) AS resources,
      (SELECT count(*) FROM allocations WHERE allocation_type <> 'decommissioned') AS allocations,
      (SELECT count(*) FROM (
        SELECT from_datetime, max(to_datetime) OVER (
          PARTITION BY resource_number ORDER BY from_datetime, to_datetime
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_end
        FROM allocations) AS spans WHERE earlier_end > from_datetime) AS overlaps`,
    )
  const { resources = 0, allocations = 0, overlaps = 0 } = counts ?? {}
  return {
    resources: Number(resources),
    allocations: Number(allocations),
    overlaps: Number(overlaps),
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

// Read from the catalogue, where the words of the rule stand, not from our list of migrations.
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
