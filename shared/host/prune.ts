import { setTimeout as sleep } from 'node:timers/promises'
import { and, lt, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Store } from '@campus/store/store.ts'

/** Rows that are kept for a limited time. */
export interface Prunable {
  /** Their name in the log and in metrics. */
  name: string
  table: SQLiteTable
  /** Unique, or of few rows each: all old ones of a key go at once. */
  key: SQLiteColumn
  /** The time from which a row's age counts; a row without one stays. */
  since: SQLiteColumn
  keepFor_ms: number
  /** Indexed, and larger for younger rows; by default `since`. */
  order?: SQLiteColumn
  /** A further condition for rows to be deleted. */
  mayGo?: SQL
}

// A few milliseconds of work, during which nobody else can write to a SQLite file.
const rowsAtOnce = 250
const restMax_ms = 1000

/**
 * Deletes expired rows, oldest first, in small transactions with as long a pause after each as it
 * took: others can write meanwhile, and no backlog exceeds the statement timeout.
 */
export async function pruneRows(store: Store, now_ms: number, prunable: Prunable): Promise<void> {
  const { table, key, since, order = since } = prunable
  const isOld = and(lt(since, now_ms - prunable.keepFor_ms), prunable.mayGo)
  // PostgreSQL scans deleted rows until they are vacuumed, so each piece begins where the last one
  // ended.
  let isNext = sql`${order} IS NOT NULL`
  for (;;) {
    const begin_ms = performance.now()
    const oldest = sql`SELECT ${key} FROM ${table} WHERE ${isNext} ORDER BY ${order}
      LIMIT ${rowsAtOnce}`
    const gone = await store.db
      .delete(table)
      .where(and(sql`${key} IN (${oldest})`, isOld))
      .returning({ at: order })
    if (gone.length === 0) return
    const last = Math.max(...gone.map(({ at }) => Number(at)))
    isNext = sql`${order} >= ${sql.param(last, order)}`
    await sleep(Math.min(performance.now() - begin_ms, restMax_ms))
  }
}

/** How overdue the oldest row is, in seconds; 0 when none is. */
export async function readOverdue(
  store: Store,
  now_ms: number,
  { table, since, order = since, keepFor_ms, mayGo }: Prunable,
): Promise<number> {
  const [oldest] = await store.db
    .select({ at: since })
    .from(table)
    .where(and(sql`${order} IS NOT NULL`, mayGo))
    .orderBy(order)
    .limit(1)
  const due_ms = oldest ? Number(oldest.at) + keepFor_ms : now_ms
  return Math.max(0, (now_ms - due_ms) / 1000)
}
