import { sql } from 'drizzle-orm'
import type { Store } from './store.ts'

/**
 * The time by the database's clock, in milliseconds since 1970, comparable with what triggers
 * wrote.
 */
export async function readClock({ columns, rows }: Store): Promise<number> {
  const now = columns.milliseconds(columns.now)
  const [row] = await rows<{ now: number | string }>(sql`SELECT ${now} AS now`)
  return Number(row?.now)
}
