import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import type {
  BookingSeries,
  BookingSeriesCancellation,
} from '../../../shared/schemas/booking-series.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../../shared/version.ts'
import type { Reservations } from '../reservations.ts'
import type { Rulebook } from '../rulebook.ts'
import type { Stored } from '../settle.ts'
import { isOpen } from '../state.ts'
import type { BookingsTables } from '../tables.ts'
import { requireNotOver, requireOpen } from '../transition.ts'
import { toVersion, type FindSeries } from './find-series.ts'
import { keepOwnDays } from './own-days.ts'
import { toScope } from './plan-change.ts'

interface Dependencies {
  find: FindSeries
  reservations: Reservations
  rulebook: Rulebook
}

type Cancelling = Change<BookingSeriesCancellation>

/** Cancels bookings of a series in one commit and releases their time. */
export function createCancelSeries(
  { store, clock }: Context,
  { bookings, booking_items: items }: BookingsTables,
  { find, reservations, rulebook }: Dependencies,
) {
  /**
   * Bookings that are over, were cancelled before, or were given to others stay as they are.
   * @throws 403, 422 `policy_refused` as for a single booking: then none is cancelled; 412 if the
   * series has changed since `If-Match`
   */
  async function cancelSeries(
    id: string,
    { body, caller, ifMatch }: Cancelling,
  ): Promise<Versioned<BookingSeries>> {
    return retryOnConflict(async () => {
      const found = await find.find(id, caller)
      requireMatch(toVersion(found), ifMatch)
      const now = clock()
      const named = toScope(found, body)
      if (body.scope === 'this') {
        for (const { row } of named) {
          requireNotOver(row, now)
          if (row.state !== 'cancelled') requireOpen(row)
        }
      }
      const open = named.filter(({ row }) => isOpen(row.state) && row.to_datetime > now)
      const wanted = await keepOwnDays(open, caller, rulebook)
      if (wanted.length > 0) {
        await requireMayCancel(wanted, caller)
        if (!(await write(wanted, { body, caller }))) return undefined
      }
      return find.get(id, caller)
    })
  }

  async function requireMayCancel(wanted: readonly Stored[], caller: Caller): Promise<void> {
    const all = wanted.flatMap((one) => one.items)
    if (await rulebook.mayManage(caller, all)) return
    for (const { row, items: own } of wanted) {
      if (await rulebook.mayManage(caller, own)) continue
      if (row.state !== 'confirmed') continue
      await rulebook.requireMayCancel(own, { from: row.from_datetime, to: row.to_datetime })
    }
  }

  /** All or none. @returns false if one of them was changed meanwhile */
  async function write(
    wanted: readonly Stored[],
    { body: { reason }, caller }: Pick<Cancelling, 'body' | 'caller'>,
  ): Promise<boolean> {
    const ids = wanted.map(({ row }) => row.id)
    const isOne = inArray(bookings.id, ids)
    // Versions only increase, so an equal sum means equal versions.
    const sum = wanted.reduce((total, { row }) => total + row.version, 0)
    const isUnchanged = sql`(SELECT sum(version) FROM ${bookings}
      WHERE ${and(isOne, isNull(bookings.unsettled))}) = ${sum}`
    const end = {
      state: 'cancelled',
      decided_by: caller.id,
      reason: reason ?? null,
      changed_by: caller.id,
    }
    const update = store.db
      .update(bookings)
      .set({ ...end, unsettled: clock(), version: sql`${bookings.version} + 1` })
      .where(and(isOne, isUnchanged))
    // Locked first: PostgreSQL would not reread the others after waiting for one.
    const lock = sql`SELECT id FROM ${bookings} WHERE ${isOne} ORDER BY id ${store.rowLock}`
    if (!(await store.atomically([lock, update.getSQL()]))) return false
    await release(ids, caller)
    return true
  }

  /** If interrupted, each is completed like any cancelled booking. */
  async function release(ids: string[], caller: Caller): Promise<void> {
    const isDue = and(
      inArray(bookings.id, ids),
      eq(bookings.state, 'cancelled'),
      isNotNull(bookings.unsettled),
    )
    const held = await store.db
      .selectDistinct({ id: items.allocation_id })
      .from(items)
      .innerJoin(bookings, eq(bookings.id, items.booking_id))
      .where(isDue)
    if (held.length === 0) return
    await reservations.release(
      held.map((one) => one.id),
      caller.id,
    )
    await store.db.update(bookings).set({ unsettled: null }).where(isDue)
  }

  return cancelSeries
}
