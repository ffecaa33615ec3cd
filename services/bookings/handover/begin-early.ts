import type { SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { requireLength } from '../booking-values.ts'
import { needsApproval, requireNoneLost, requireSight } from '../change-booking.ts'
import type { Policies } from '../policies.ts'
import type { Rules } from '../policy/rules.ts'
import { toGrid, toMinutes } from '../policy/wall-clock.ts'
import { toViewer, withNames, type Reservations } from '../reservations.ts'
import { toStamp, type Judgement, type Rulebook } from '../rulebook.ts'
import type { Stored } from '../settle.ts'
import type { BookingsTables } from '../tables.ts'
import { toSlotStart } from '../../../shared/slot-grid.ts'
import type { ReadGrids } from './slot-grids.ts'

interface Dependencies {
  policies: Pick<Policies, 'now'>
  readGrids: ReadGrids
  reservations: Pick<Reservations, 'see'>
  rulebook: Rulebook
}

/** A booking that begins with its check-out, before its start. */
export interface Early {
  from_datetime: number
  judgement: Judgement
  /** The statement that records its new places. */
  places: SQL
}

/** What is picked up early is a move of its start, by the same rules. Inventory decides. */
export function createBeginEarly(
  { store }: Pick<Context, 'store'>,
  { booking_items: items }: BookingsTables,
  { policies, readGrids, reservations, rulebook }: Dependencies,
) {
  /** @throws 422 or 403 `policy_refused`, 403 `approval_required`, 409 as for a move */
  return async function beginEarly(
    { row, items: stored }: Stored,
    { now, caller }: { now: number; caller: Caller },
  ): Promise<Early> {
    requireNoneLost(stored)
    const epoch = await rulebook.readEpoch()
    const ids = stored.map(({ resource_id }) => resource_id)
    const sight = await reservations.see(ids, toViewer(caller))
    const places = withNames(stored, sight)
    const { ofResource } = await policies.now()
    const rules = places.map(({ resource_id: id, resource_type: type }) => {
      return ofResource({ id, type }).rules
    })
    const grids = await readGrids()
    const starts = places.map(({ resource_type }) => toSlotStart(now, grids.get(resource_type)))
    const from_datetime = Math.min(...starts, ...rules.map((rule) => toStep(rule, now)))
    const { to_datetime: to } = row
    requireLength({ from: from_datetime, to })
    const moved = places.map((item) => ({ ...item, is_next: 1, from_datetime, check_in_by: null }))
    if (!isAdministrator(caller)) requireSight(moved, { row, items: places }, sight)
    // A manager at the counter needs no notice, nor does anybody where none is asked for.
    const isNoticed = rules.some(({ minimum_notice: notice = 'PT0M' }) => toMinutes(notice) > 0)
    const isFree = !isNoticed || (await rulebook.mayManage(caller, places))
    const before = { from: isFree ? from_datetime : row.from_datetime, to }
    const judged = await rulebook.decide({
      bookingId: row.id,
      resources: places.map(({ resource_id: id, resource_type: type }) => ({ id, type, before })),
      span: { from: from_datetime, to },
      caller,
      person: row.booked_for,
    })
    if (judged.needsApproval) throw needsApproval()
    const judgement = { ...judged, epoch }
    const next = moved.map((item, at) => ({ ...item, ...toStamp(judgement, at) }))
    return { from_datetime, judgement, places: store.db.insert(items).values(next).getSQL() }
  }
}

export type BeginEarly = ReturnType<typeof createBeginEarly>

/** Now, or when the step of its rules began that it is in. */
function toStep({ granularity, time_zone: zone }: Rules, now: number): number {
  return granularity === undefined
    ? now
    : toGrid(now, toMinutes(granularity), { zone, isBack: true })
}
