import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { isLive } from '../touches.ts'
import type { InventoryTables, WaitlistRow } from '../tables.ts'
import { firstFit } from './first-fit.ts'
import { readGaps, type WantedGap } from './gaps.ts'

/**
 * Searches what is already free for an entry, and has the database offer it.
 * @param whose turn at scans it takes: a user's, or that of the process itself
 * @throws 503 when too many of their searches are waiting
 */
export type CheckEntry = (entryId: string, whose: string) => Promise<void>

// Each one lost to others, or to an entry ahead in the queue.
const attemptsMax = 10
const patience_ms = 1000
const pollEvery_ms = 10

/**
 * Time freed after an entry's commit is offered by the triggers; what was free before is searched
 * here. If the process dies meanwhile, the entry stays unchecked, and another process checks it.
 */
export function createCheck(
  { store }: Pick<Context, 'store'>,
  tables: InventoryTables,
): CheckEntry {
  const { waitlist, waitlist_turns } = tables
  const { db } = store

  return async function check(entryId, whose) {
    const isIt = and(eq(waitlist.id, entryId), isNull(waitlist.closed))
    await db.update(waitlist).set({ checked: 2 }).where(isIt)
    // A transaction that freed time without seeing the entry may not have committed yet.
    if (!(await awaitOpen())) return
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const [row] = await db.select().from(waitlist).where(isIt)
      if (!row) return
      const gap = await findGap(row, whose)
      if (!gap) {
        // Unless its visible resources changed meanwhile.
        await db
          .update(waitlist)
          .set({ checked: 1 })
          .where(and(isIt, eq(waitlist.checked, 2)))
        return
      }
      const { resource: resource_number, from: from_datetime, to: to_datetime } = gap
      await db.insert(waitlist_turns).values({ resource_number, from_datetime, to_datetime })
    }
  }

  /** Waits until all transactions open now have ended; false when they take too long. */
  async function awaitOpen(): Promise<boolean> {
    const [now] = await store.rows<{ newest: string }>(sql`SELECT ${store.newest} AS newest`)
    for (const end = performance.now() + patience_ms; performance.now() < end;) {
      const [one] = await store.rows<{ oldest: string }>(sql`SELECT ${store.horizon} AS oldest`)
      if (Number(one?.oldest) >= Number(now?.newest)) return true
      await Bun.sleep(pollEvery_ms)
    }
    return false
  }

  async function findGap(
    { number, resource_number }: WaitlistRow,
    whose: string,
  ): Promise<WantedGap | undefined> {
    const isCandidate = resource_number > 0 ? sql`AND m.candidate = ${resource_number}` : sql``
    // Even one resource may have a hundred thousand slots in a year.
    const reader = { ...store.scan(whose), columns: store.columns }
    const gaps = await readGaps(reader, tables, {
      whose: sql`m.number = ${number} ${isCandidate}`,
      isTaken: isLive(store, { held_until: sql`a.held_until` }),
    })
    return gaps.find((gap) => firstFit(gap, gap, gap) !== undefined)
  }
}
