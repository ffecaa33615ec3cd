import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import { forbidden, type Caller } from '../../../shared/access.ts'
import type { Versioned, VersionedOnce } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { findReplay, writeOnce, type ChangeOnce } from '../../../shared/idempotency.ts'
import type { BookingSeriesDecision } from '../../../shared/schemas/booking-series.ts'
import type { Progress } from '../../../shared/schemas/leaving.ts'
import type { StoredResponse } from '@campus/store/batch.ts'
import { requireMatch } from '../../../shared/version.ts'
import { createRunOnce, toStoredResponse } from '../replay.ts'
import type { Rulebook } from '../rulebook.ts'
import type { Stored } from '../settle.ts'
import type { BookingRow, BookingsTables } from '../tables.ts'
import { toVersion, type FindSeries } from './find-series.ts'

interface Dependencies {
  find: FindSeries
  rulebook: Rulebook
  settleDecision: (decision: string) => Promise<string[]>
}

interface Decision {
  approve: boolean
  reason: string
  caller: Caller
  response: StoredResponse | undefined
}

/** Decides all requests of a series in one commit. */
export function createDecideSeries(
  context: Pick<Context, 'store' | 'clock' | 'id'>,
  { bookings }: BookingsTables,
  { find, rulebook, settleDecision }: Dependencies,
) {
  const { store, clock } = context

  /**
   * Requests that have expired, or were decided by somebody else, stay as they are.
   * @returns how many were decided; none is left
   * @throws 403 unless the caller manages the resources of all requests; 412 if the series has
   * changed since `If-Match`
   */
  return async function decideSeries(
    id: string,
    { body: { approve, reason = '' }, caller, ifMatch, idempotencyKey: key }: Deciding,
  ): Promise<VersionedOnce<Progress>> {
    const once = createRunOnce<Progress>(store, () => find.find(id, caller))
    return once(key, async () => {
      const found = await find.find(id, caller)
      const open = found.stored.filter(({ row }) => row.state === 'requested')
      const all = open.flatMap((one) => one.items)
      if (!(await rulebook.mayManage(caller, all))) throw mayNot()
      requireMatch(toVersion(found), ifMatch)
      const version = toVersion(found) + open.length
      if (open.length === 0) {
        // A copy of this request may have decided them meanwhile.
        const copy = await findReplay<Versioned<Progress>>(store, key)
        return copy ? { ...copy.value, replayed: true } : { value: { done: 0, left: 0 }, version }
      }
      const value = { done: open.length, left: 0 }
      const response = toStoredResponse(key, { value, version })
      const decision = await write(open, { approve, reason, caller, response })
      if (decision === undefined) return undefined
      const lost = await settleDecision(decision)
      return { value: { done: open.length - lost.length, left: 0 }, version }
    })
  }

  /** All or none. @returns undefined if one of them was changed meanwhile */
  async function write(
    open: readonly Stored[],
    { approve, reason, caller, response }: Decision,
  ): Promise<string | undefined> {
    const decision = context.id()
    const isOne = inArray(
      bookings.id,
      open.map(({ row }) => row.id),
    )
    // Versions only increase, so an equal sum means equal versions.
    const sum = open.reduce((total, { row }) => total + row.version, 0)
    const isOpen = and(
      eq(bookings.state, 'requested'),
      isNull(bookings.unsettled),
      gt(bookings.decide_by, store.columns.now),
    )
    const isUnchanged = sql`(SELECT sum(version) FROM ${bookings}
      WHERE ${and(isOne, isOpen)}) = ${sum}`
    const end = approve
      ? { state: 'confirmed', reason: null }
      : { state: 'rejected', reason, check_in_by: null }
    const update = store.db
      .update(bookings)
      .set({
        ...end,
        decided_by: caller.id,
        changed_by: caller.id,
        request_key: null,
        moving_with: decision,
        unsettled: clock(),
        version: sql`${bookings.version} + 1`,
      })
      .where(and(isOne, isUnchanged))
    // Locked first: PostgreSQL would not reread the others after waiting for one.
    const lock = sql`SELECT id FROM ${bookings} WHERE ${isOne} ORDER BY id ${store.rowLock}`
    const pickUps = approve ? await toPickUps(open) : []
    const statements = [lock, ...pickUps, update.getSQL()]
    const isIn = await writeOnce(store, statements, { response, now_ms: clock() })
    return isIn ? decision : undefined
  }

  /** SQL: the check-in deadline of each. */
  async function toPickUps(open: readonly Stored[]) {
    const found: [BookingRow, number | null][] = []
    for (const { row, items } of open) {
      const span = { from: row.from_datetime, to: row.to_datetime }
      found.push([row, await rulebook.findCheckIn(items, span)])
    }
    return found
      .filter(([row, check_in_by]) => check_in_by !== row.check_in_by)
      .map(([{ id }, check_in_by]) =>
        store.db.update(bookings).set({ check_in_by }).where(eq(bookings.id, id)).getSQL(),
      )
  }
}

type Deciding = ChangeOnce<BookingSeriesDecision>

function mayNot() {
  return forbidden('Only a manager of the resources may decide.')
}
