import { and, asc, eq, gt, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import { toServiceCaller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type {
  BookedHoldings,
  BookingHandOver,
  BookingReleaseOf,
  Progress,
} from '../../../shared/schemas/leaving.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { toBooking } from '../booking-values.ts'
import type { Rulebook } from '../rulebook.ts'
import type { Settlement, Stored } from '../settle.ts'
import { isOpen, stateNow } from '../state.ts'
import type { BookingsTables } from '../tables.ts'
import { toGiven } from '../report-move.ts'
import type { Transition } from '../transition.ts'

interface Dependencies {
  rulebook: Rulebook
  settlement: Settlement
  transition: Transition
}

type Which = Pick<BookingHandOver, 'from' | 'bookings'>

const shownMax = 10
// Each takes two commits and calls to inventory; the response must precede the caller's deadline.
const rowsAtOnce = 20
const rowsMax = 400

/**
 * A leaving user's current and future bookings, handed over or released one by one, each as a
 * whole. Repeat the request to finish what a crash or the limit left.
 */
export function createLeaving(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { bookings, booking_items: items, booking_series: series }: BookingsTables,
  { rulebook, settlement, transition }: Dependencies,
) {
  const state = stateNow(store, bookings)

  const own = ({ from, bookings: chosen }: Which): SQL | undefined =>
    and(
      eq(bookings.booked_for, from),
      gt(bookings.to_datetime, clock()),
      sql`${state} IN ('requested', 'confirmed')`,
      isNull(bookings.begun_until),
      chosen === true ? undefined : inArray(bookings.id, chosen),
    )
  const countOf = (which: SQL | undefined) => store.db.$count(bookings, which)

  async function holdings(user: string): Promise<BookedHoldings> {
    const all = own({ from: user, bookings: true })
    const rows = await store.db
      .select({ id: bookings.id })
      .from(bookings)
      .where(all)
      .orderBy(asc(bookings.from_datetime), asc(bookings.id))
      .limit(shownMax)
    const stored = await settlement.load(rows.map(({ id }) => id))
    const byId = new Map(stored.map((one) => [one.row.id, one]))
    return {
      count: await countOf(all),
      requested: await countOf(and(all, eq(bookings.state, 'requested'))),
      out: await countOf(and(eq(bookings.booked_for, user), eq(bookings.state, 'checked_out'))),
      next: rows.flatMap(({ id }) => {
        const found = byId.get(id)
        const places = found?.items.filter(({ is_next }) => is_next === 0) ?? []
        return found ? [toBooking(found.row, places)] : []
      }),
    }
  }

  /** Applies it to each booking by start. @param act returns whether it was done */
  async function repeat(which: Which, act: (stored: Stored) => Promise<boolean>) {
    let done = 0
    let seen = 0
    let last: { id: string; from: number } | undefined
    for (;;) {
      const isLater: SQL | undefined =
        last &&
        sql`(${bookings.from_datetime}, ${bookings.id}) >
        (${sql.param(last.from, bookings.from_datetime)}, ${sql.param(last.id, bookings.id)})`
      const rows = await store.db
        .select({ id: bookings.id, from: bookings.from_datetime })
        .from(bookings)
        .where(and(own(which), isLater))
        .orderBy(asc(bookings.from_datetime), asc(bookings.id))
        .limit(rowsAtOnce)
      const results = await Promise.all(rows.map(({ id }) => actOn(id, which, act)))
      done += results.filter(Boolean).length
      seen += rows.length
      last = rows.at(-1)
      if (rows.length < rowsAtOnce || seen >= rowsMax) break
    }
    return { done, left: await countOf(own(which)) }
  }

  async function actOn(id: string, { from }: Which, act: (stored: Stored) => Promise<boolean>) {
    return retryOnConflict(async () => {
      const stored = await settlement.find(id)
      // Somebody else did it, or ended the booking.
      if (!stored || !isOpen(stored.row.state) || stored.row.booked_for !== from) return false
      if (!(await act(stored))) return undefined
      await settlement.find(id)
      return true
    }).catch((error: unknown) => {
      if (error instanceof ProblemError && error.code === 'policy_refused') return false
      throw error
    })
  }

  /** Done by an administrator, so it draws on no quota of the receiver. */
  async function handOver(request: BookingHandOver): Promise<Progress> {
    const { to, by, dry_run } = request
    if (dry_run) return { done: 0, left: await countOf(own(request)) }
    const caller = { ...toServiceCaller('bookings'), id: by }
    if (request.bookings === true) await handOverSeries(request)
    return repeat(request, ({ row }) => {
      const moving = toGiven(row, to)
      const isIts = eq(items.booking_id, row.id)
      return transition.write(row, {
        values: { moving: JSON.stringify(moving), unsettled: clock() },
        caller,
        first: [store.db.update(items).set({ quota_scope: null }).where(isIts).getSQL()],
      })
    })
  }

  /**
   * Handing over all bookings includes the series itself, as its skipped days can still be booked.
   */
  async function handOverSeries({ from, to }: BookingHandOver): Promise<void> {
    const created_by = sql<string>`CASE WHEN ${series.created_by} = ${from} THEN ${to}
      ELSE ${series.created_by} END`
    const isTheirs = eq(series.booked_for, from)
    await store.db.update(series).set({ booked_for: to, created_by }).where(isTheirs)
  }

  /**
   * Releasing one's own bookings follows the rules: what cannot be cancelled any more is `left`.
   */
  async function release(request: BookingReleaseOf): Promise<Progress> {
    const { from, by } = request
    const caller = { ...toServiceCaller('bookings'), id: by }
    return repeat(request, async ({ row, items: places }) => {
      if (by === from && row.state === 'confirmed') {
        const span = { from: row.from_datetime, to: row.to_datetime }
        await rulebook.requireMayCancel(places, span)
      }
      const reason = 'It was cancelled with all future bookings of this person.'
      const values = { state: 'cancelled', decided_by: by, reason, unsettled: clock() }
      return transition.write(row, { values, caller })
    })
  }

  return { holdings, handOver, release }
}

export type Leaving = ReturnType<typeof createLeaving>
