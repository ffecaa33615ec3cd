import { and, inArray, isNull, lte, sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import type { InventoryTables } from '../tables.ts'
import type { CheckEntry } from './free-already.ts'
import { day_ms } from '../../../shared/duration.ts'

// A few milliseconds of work each.
const atOnce = 50
const keepFor_ms = 30 * day_ms

/**
 * What happens as time passes. Nothing depends on when it runs: a request for the time of an
 * expired hold removes it, after offering it to the waiting list; this only offers it sooner.
 */
export function createUpkeep(
  { store }: Pick<Context, 'store'>,
  { waitlist, waitlist_turns, allocations }: InventoryTables,
  check: CheckEntry,
) {
  const { db, columns } = store
  // Holds that expired before this have been offered.
  let since = { end: 0, id: '00000000-0000-0000-0000-000000000000' }

  async function run(): Promise<void> {
    const [someone] = await db
      .select({ number: waitlist.number })
      .from(waitlist)
      .where(isNull(waitlist.closed))
      .limit(1)
    if (!someone) return
    await closeExpired()
    await offerEndedHolds()
    await checkOpen()
  }

  async function closeExpired(): Promise<void> {
    const isOver = and(isNull(waitlist.closed), lte(waitlist.until, columns.now))
    const over = await db
      .select({ number: waitlist.number })
      .from(waitlist)
      .where(isOver)
      .limit(atOnce)
    if (over.length === 0) return
    const numbers = over.map(({ number }) => number)
    await db
      .update(waitlist)
      .set({ closed: columns.now })
      .where(and(inArray(waitlist.number, numbers), isOver))
  }

  async function offerEndedHolds(): Promise<void> {
    const { id, resource_number, from_datetime, to_datetime, held_until } = allocations
    // The holds of a bundle expire together, and may be more than one read returns.
    const isNew = sql`(${held_until}, ${id}) >
      (${sql.param(since.end, held_until)}, ${sql.param(since.id, id)})`
    const ended = await db
      .select({ id, resource_number, from_datetime, to_datetime, held_until })
      .from(allocations)
      .where(and(isNew, lte(held_until, columns.now)))
      .orderBy(held_until, id)
      .limit(atOnce)
    for (const { id: last, held_until: end, ...span } of ended) {
      await db.insert(waitlist_turns).values(span)
      since = { end: end ?? since.end, id: last }
    }
  }

  /**
   * Checks entries that a dead process left unchecked, and those that may match more than before.
   */
  async function checkOpen(): Promise<void> {
    const open = await db
      .select({ id: waitlist.id })
      .from(waitlist)
      .where(sql`${waitlist.closed} IS NULL AND ${waitlist.checked} <> 1`)
      .orderBy(waitlist.number)
      .limit(atOnce)
    for (const { id } of open) await check(id, 'upkeep')
  }

  const prunable: Prunable = {
    name: 'waiting list',
    table: waitlist,
    key: waitlist.number,
    since: waitlist.closed,
    keepFor_ms,
  }

  return { run, prunable }
}
