import { and, asc, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { toDay } from '../../../shared/daily-limit.ts'
import { conflict } from '../../../shared/problem.ts'
import type {
  BookingHandOver,
  BookingReleaseOf,
  Progress,
} from '../../../shared/schemas/leaving.ts'
import { isDeadlock } from '@campus/store/error.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import type { InventoryTables } from '../tables.ts'
import { entriesOfUserMax } from '../waitlist/waitlist.ts'
import type { Chosen, Held } from './held.ts'
import { day_ms } from '../../../shared/duration.ts'

// Small enough that others can write between two commits, and the response comes in time.
const rowsAtOnce = 100
const rowsMax = 2000

/**
 * Hands over or releases what a user has, a few rows per commit. What a crash or the limit leaves
 * is done by another request.
 */
export function createHandOver({ store, clock }: Context, tables: InventoryTables, held: Held) {
  const { allocations, waitlist, daily_counts: counts } = tables

  function some(user: string, chosen: Chosen): SQL {
    return store.db
      .select({ id: allocations.id })
      .from(allocations)
      .where(held.ownBookings(user, chosen))
      .orderBy(asc(allocations.from_datetime))
      .limit(rowsAtOnce)
      .getSQL()
  }

  /** What is still theirs at the time of the write; signed, so that the history says by whom. */
  function isSome({ from, bookings, by }: Pick<BookingHandOver, 'from' | 'bookings' | 'by'>) {
    return and(
      sql`${allocations.id} IN (${some(from, bookings)})`,
      held.isOwner(from),
      store.signedBy(by),
    )
  }

  const countLeft = (user: string, chosen: Chosen) =>
    store.db.$count(allocations, held.ownBookings(user, chosen))

  async function repeat(
    { from, bookings }: Pick<BookingHandOver, 'from' | 'bookings'>,
    work: () => Promise<unknown[]>,
  ): Promise<Progress> {
    let done = 0
    let rows: unknown[]
    do {
      // Batches of bookings may lock the same rows in another order.
      rows = await retryOnConflict(() => work().catch(undefinedOnDeadlock))
      done += rows.length
    } while (rows.length === rowsAtOnce && done < rowsMax)
    return { done, left: await countLeft(from, bookings) }
  }

  /** So that of two hand-overs to one receiver the second counts what the first gave. */
  function takeTurn(to: string): SQL {
    const day = sql.param(toDay(clock()) * day_ms, counts.day)
    return sql`INSERT INTO ${counts} (day, user_id, used) VALUES (${day}, ${to}, 0)
      ON CONFLICT (day, user_id) DO UPDATE SET used = daily_counts.used`
  }

  /** @throws 409 when the receiver would have too many waiting entries */
  async function moveWaits({ from, to, dry_run }: BookingHandOver): Promise<void> {
    const countOf = (user: string) => store.db.$count(waitlist, held.ownWaits(user))
    const moving = await countOf(from)
    if (moving === 0) return
    const refusal = conflict(
      'too_many_entries',
      `A user may be on at most ${entriesOfUserMax} waiting lists. Leave some first.`,
    )
    if (moving + (await countOf(to)) > entriesOfUserMax) throw refusal
    if (dry_run) return
    const isRoom = sql`(SELECT count(*) FROM ${waitlist} AS w
      WHERE w.closed IS NULL AND coalesce(w.booked_for, w.created_by) = ${to}) + ${moving}
      <= ${entriesOfUserMax}`
    // As if the receiver had joined: visibility is determined again for them.
    const move = store.db
      .update(waitlist)
      .set({ created_by: to, booked_for: null, sees: '[]', checked: 0 })
      .where(and(held.ownWaits(from), isRoom))
    const isMoved = await store.atomically([takeTurn(to), move.getSQL()])
    if (!isMoved && (await countOf(from)) > 0) throw refusal
  }

  return {
    /** @throws 409 when the receiver may not have so much; then nothing was done */
    handOver: async (request: BookingHandOver): Promise<Progress> => {
      const { from, to, bookings, dry_run } = request
      // First, so that time freed meanwhile already goes to the receiver.
      if (bookings === true) await moveWaits(request)
      if (dry_run) return { done: 0, left: await countLeft(from, bookings) }
      return repeat(request, () =>
        store.db
          .update(allocations)
          .set({ booked_for: to, version: sql`${allocations.version} + 1` })
          .where(isSome(request))
          .returning({ id: allocations.id }),
      )
    },
    release: async (request: BookingReleaseOf): Promise<Progress> => {
      const { from, bookings } = request
      // First, as they would otherwise be served with the time they release.
      if (bookings === true) await store.db.delete(waitlist).where(held.ownWaits(from))
      return repeat(request, () =>
        store.db.delete(allocations).where(isSome(request)).returning({ id: allocations.id }),
      )
    },
  }
}

function undefinedOnDeadlock(error: unknown): undefined {
  if (!isDeadlock(error)) throw error
}
