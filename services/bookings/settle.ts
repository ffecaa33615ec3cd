import { and, eq, getTableColumns, inArray, isNotNull, lt, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { isRefusal } from '../../shared/problem.ts'
import { placeholder } from '@campus/store/columns.ts'
import { toFewLengths } from '@campus/store/few-lengths.ts'
import { createGroupCommit } from '@campus/store/group-commit.ts'
import { memoize } from '@campus/store/memoize.ts'
import { toFence } from './fence.ts'
import type { Reservations } from './reservations.ts'
import { createSettleChange } from './series/settle-change.ts'
import { createSettleDecision } from './series/settle-decision.ts'
import { createTogether, isTogether, oneOfEach } from './series/together.ts'
import { hasEnded, isOut, stateNow } from './state.ts'
import type { BookingRow, BookingsTables, ItemRow } from './tables.ts'
import { createReportMove, isThere, readMoving } from './report-move.ts'

/** A row and its items, as written together. */
export interface Stored {
  row: BookingRow
  items: ItemRow[]
}

/** Values that a booking takes on only if inventory agrees. */
export type Moving = Partial<
  Pick<
    BookingRow,
    'state' | 'title' | 'note' | 'search_text' | 'decide_by' | 'booked_for' | 'created_by'
  >
>

// The request that made it is still working on it for this long.
const leaveAlone_ms = 5000
const resumedAtOnce = 100
// Inventory processes simultaneous calls together, and requests of others in between.
const resumedTogether = 20

/**
 * Each change of a booking is first recorded as `unsettled`, then reported to inventory, then
 * settled. An interrupted change is completed here, by the next request for the booking or by a
 * task. It may be reported to inventory repeatedly, as those calls are idempotent.
 */
export function createSettlement(
  { store, clock, log }: Context,
  tables: BookingsTables,
  reservations: Reservations,
) {
  const { bookings, booking_items: items, handovers, idempotency_keys: keys } = tables
  const settleTogether = createTogether({ store }, tables, reservations)
  const reportMove = createReportMove(reservations)
  const settleChange = createSettleChange({ store }, tables, reportMove)
  const settleDecision = createSettleDecision({ store }, tables, reservations)
  const columns = {
    ...getTableColumns(bookings),
    state: stateNow(store, bookings).as('state'),
  }
  // One prepared statement for each number of ids.
  const clear = memoize((count: number) => {
    const ids = Array.from({ length: count }, (_, at) => placeholder(bookings.id, String(at)))
    return store.prepareWrite(sql`UPDATE ${bookings}
      SET unsettled = NULL, begun_until = NULL
      WHERE ${bookings.id} IN (${sql.join(ids, sql`, `)}) AND begun_until IS NOT NULL`)
  })
  // Nothing else happens to a booking being created, as nobody sees it.
  const clearTogether = createGroupCommit<BookingRow, void>({
    write: async (rows) => {
      const ids = toFewLengths(rows.map(({ id }) => id).toSorted())
      await store.atomically([clear(ids.length)(ids)], ids[0])
      return rows.map(() => {})
    },
    concurrency: 4,
  })
  const isIt = ({ id, version }: BookingRow) =>
    and(eq(bookings.id, id), eq(bookings.version, version), isNotNull(bookings.unsettled))

  /**
   * Tells inventory what the row says.
   * @returns false if inventory no longer has its allocations, so it is undone
   * @throws 409 if it cannot be moved, and stays where it was; 503
   */
  async function settle(stored: Stored): Promise<boolean> {
    const { row, items: rows } = stored
    if (row.series_id !== null && row.begun_until !== null) return settleTogether(row)
    if (row.moving_with !== null) {
      // A change stores its target apart; a decision is stored in the row itself.
      await (row.moving === null ? settleDecision : settleChange)(row.moving_with)
      return true
    }
    if (rows.some(({ is_next }) => is_next === 1)) return settleMove(stored)
    const ids = rows.filter(isThere).map(({ allocation_id }) => allocation_id)
    const moving = readMoving(row)
    const { booked_for } = moving
    const { changed_by: by } = row
    const fence = toFence(row.version, 'then')
    if (booked_for !== undefined) await reservations.assign(ids, { booked_for, by, fence })
    if (hasEnded(row.state)) {
      await reservations.release(ids, row.changed_by)
    } else {
      if (!(await reservations.keep(ids, { until: toHeldUntil(row), by, fence }))) {
        await reservations.release(ids, row.changed_by)
        return undo(row)
      }
    }
    if (row.begun_until !== null) {
      await clearTogether(row)
      return true
    }
    const settled = { ...moving, moving: null, unsettled: null }
    await store.db.update(bookings).set(settled).where(isIt(row))
    return true
  }

  // A booking being created is unknown to others. Any other must be cancelled visibly.
  async function undo(row: BookingRow): Promise<false> {
    if (row.begun_until === null) {
      const state = isOut(row.state) ? 'no_show' : 'expired'
      await store.atomically([
        // Its time ran out before it was picked up, so nobody has it.
        forgetHandover(row),
        ...forgetResponse(row),
        store.db
          .update(bookings)
          .set({ state, moving: null, unsettled: null })
          .where(isIt(row))
          .getSQL(),
      ])
      return false
    }
    await store.atomically([
      ...forgetResponse(row),
      sql`DELETE FROM ${items} WHERE ${eq(items.booking_id, row.id)}`,
      sql`DELETE FROM ${bookings} WHERE ${and(isIt(row), isNotNull(bookings.begun_until))}`,
    ])
    return false
  }

  function forgetHandover(row: BookingRow): SQL {
    return sql`DELETE FROM ${handovers} WHERE ${eq(handovers.booking_id, row.id)}
      AND EXISTS (SELECT 1 FROM ${bookings} WHERE ${isIt(row)})`
  }

  /** An undone change has no stored response: a retry is a new request. */
  function forgetResponse(row: BookingRow): SQL[] {
    if (row.request_key === null) return []
    return [
      sql`DELETE FROM ${keys} WHERE ${eq(keys.key, row.request_key)}
        AND EXISTS (SELECT 1 FROM ${bookings} WHERE ${isIt(row)})`,
    ]
  }

  async function settleMove(stored: Stored): Promise<boolean> {
    const refusal = await reportMove([stored])
    const isEnded = await endMove(stored, refusal ? 0 : 1)
    // A return counts even if the rest of its time cannot be released.
    if (!refusal || stored.row.state === 'returned') return true
    if (!isEnded && refusal.code === 'reservation_superseded') return true
    throw refusal
  }

  /** Keeps the old places (0) or the new ones (1). @returns false if somebody else did before */
  async function endMove({ row, items: rows }: Stored, kept: 0 | 1): Promise<boolean> {
    const first = rows.find(({ is_next }) => is_next === kept)
    if (!first) return false
    // An early return keeps the agreed time.
    const { from_datetime, to_datetime } = row.state === 'returned' ? row : first
    const { check_in_by } = kept === 1 ? first : row
    const values = kept === 1 ? readMoving(row) : undefined
    const of = eq(items.booking_id, row.id)
    const isRefused = kept === 0 && row.state !== 'returned'
    const isEarly = readMoving(row).state === 'checked_out'
    return store.atomically([
      ...(isRefused ? forgetResponse(row) : []),
      // It was not free before its start, so nobody has it.
      ...(isRefused && isEarly ? [forgetHandover(row)] : []),
      sql`DELETE FROM ${items} WHERE ${and(of, eq(items.is_next, 1 - kept))}
        AND EXISTS (SELECT 1 FROM ${bookings} WHERE ${isIt(row)})`,
      sql`UPDATE ${items} SET is_next = 0 WHERE ${and(of, eq(items.is_next, 1))}
        AND EXISTS (SELECT 1 FROM ${bookings} WHERE ${isIt(row)})`,
      store.db
        .update(bookings)
        .set({ ...values, from_datetime, to_datetime, check_in_by, moving: null, unsettled: null })
        .where(isIt(row))
        .getSQL(),
    ])
  }

  async function load(ids: string[]): Promise<Stored[]> {
    if (ids.length === 0) return []
    const [rows, found] = await Promise.all([
      store.db.select(columns).from(bookings).where(inArray(bookings.id, ids)),
      store.db.select().from(items).where(inArray(items.booking_id, ids)).orderBy(items.position),
    ])
    const byBooking = Map.groupBy(found, ({ booking_id }) => booking_id)
    return rows.map((row) => ({ row, items: byBooking.get(row.id) ?? [] }))
  }

  /** The settled booking; undefined if there is none. */
  async function find(id: string): Promise<Stored | undefined> {
    const [stored] = await load([id])
    if (!stored || stored.row.unsettled === null) return stored
    await settle(stored).catch((error: unknown) => {
      // A refused move has been undone.
      if (!isRefusal(error)) throw error
    })
    return (await load([id]))[0]
  }

  /** Completes interrupted changes. Nothing depends on it: holds end by themselves. */
  async function resume(): Promise<void> {
    while (await resumeSome());
  }

  /** @returns whether more can be completed now */
  async function resumeSome(): Promise<boolean> {
    const rows = await store.db
      .select({ id: bookings.id })
      .from(bookings)
      .where(lt(bookings.unsettled, clock() - leaveAlone_ms))
      .orderBy(bookings.unsettled)
      .limit(resumedAtOnce)
    const left = oneOfEach(await load(rows.map(({ id }) => id)))
    let finished = 0
    while (left.length > 0) {
      const some = left.splice(0, resumedTogether)
      finished += (await Promise.all(some.map(tryToSettle))).filter(Boolean).length
    }
    return finished > 0 && rows.length === resumedAtOnce
  }

  async function tryToSettle(stored: Stored): Promise<boolean> {
    try {
      await settle(stored)
      return true
    } catch (error) {
      await putLast(stored.row, error)
      // A refused move has been undone.
      return isRefusal(error)
    }
  }

  // Puts it last, so that it does not block others.
  async function putLast(row: BookingRow, error: unknown): Promise<void> {
    log.warn('a booking is not settled yet', { booking: row.id, error: String(error) })
    const isLeft = isNotNull(bookings.unsettled)
    const all = isTogether(bookings, row)
    await store.db
      .update(bookings)
      .set({ unsettled: clock() })
      .where(all ? and(all, isLeft) : isIt(row))
  }

  return { settle, settleChange, settleDecision, load, find, resume }
}

export type Settlement = ReturnType<typeof createSettlement>

/** How long its allocations are held; undefined if they are confirmed. */
function toHeldUntil({ state, decide_by, check_in_by }: BookingRow): number | undefined {
  if (state === 'requested') return decide_by ?? undefined
  return state === 'confirmed' ? (check_in_by ?? undefined) : undefined
}
