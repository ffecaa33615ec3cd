import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { isLive } from '../touches.ts'
import type { InventoryTables, WaitlistRow } from '../tables.ts'
import { firstFit } from './first-fit.ts'
import { readGaps, type WantedGap } from './gaps.ts'

/**
 * Looks for what an entry could have at once, and has the database offer it.
 * @param whose turn at scans it takes: a user, or the process itself
 * @throws 503 when too many searches of theirs wait already
 */
export type CheckEntry = (entryId: string, whose: string) => Promise<void>

// Each one lost to others, or to somebody ahead in the queue.
const attemptsMax = 10
const patience_ms = 1000
const pollEvery_ms = 10

/**
 * From its commit on, whoever frees time sees an entry; what was free before is searched here.
 * A process that dies meanwhile leaves the entry unchecked, for the next one.
 */
export function createCheck({ store }: Context, tables: InventoryTables): CheckEntry {
  const { waitlist, waitlist_turns } = tables
  const { db } = store

  return async function check(entryId, whose) {
    const isIt = and(eq(waitlist.id, entryId), isNull(waitlist.closed))
    await db.update(waitlist).set({ checked: 2 }).where(isIt)
    // Who freed time without seeing the entry may not have committed yet.
    if (!(await awaitOpen())) return
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const [row] = await db.select().from(waitlist).where(isIt)
      if (!row) return
      const gap = await findGap(row, whose)
      if (!gap) {
        // Unless what it may have has changed meanwhile.
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

  /** Whether all transactions have ended that are open now. */
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
