import { and, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { conflict, invalid } from '../../../shared/problem.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { NewHandover } from '../../../shared/schemas/handover.ts'
import { violation } from '../../../shared/store/error.ts'
import { requireMatch, retryOnConflict, type Change } from '../../../shared/version.ts'
import type { Find } from '../find-bookings.ts'
import type { Policies } from '../policies.ts'
import type { Stored } from '../settle.ts'
import { isOut, stateNow } from '../state.ts'
import type { BookingRow, BookingsTables, ItemRow } from '../tables.ts'
import type { Transition } from '../transition.ts'
import { readRecords, type ResourceRecord } from './record.ts'

interface Rules {
  find: Find
  policies: Policies
  transition: Transition
}

type Step = 'check_out' | 'return'

/** Resources change hands: their booking is checked out, then returned. The commit decides. */
export function createHandover(
  { store, clock, id: newId }: Context,
  { bookings, booking_items: items, handovers }: BookingsTables,
  { find, policies, transition }: Rules,
) {
  /** @throws 409 at another time, or `still_out`; 422 `handover_incomplete`, `odometer_falls` */
  async function checkOut(
    id: string,
    { body, caller, ifMatch }: Change<NewHandover>,
  ): Promise<Versioned<Booking>> {
    return retryOnConflict(async () => {
      const before = await find.find(id, caller)
      const { row } = before
      requireMatch(row.version, ifMatch)
      const now = clock()
      requireItsTime(row, now)
      const records = await readBody(body, before, 'check_out')
      await requireAllBack(before, { now, caller })
      const rows = records.map((it) => toRow(it, { now, caller }))
      const isIn = await keepOrder(records, () =>
        transition.write(row, {
          // What was held until it is picked up is to be confirmed.
          values: {
            state: 'checked_out',
            check_in_by: null,
            unsettled: row.check_in_by === null ? null : now,
          },
          caller,
          first: [store.db.insert(handovers).values(rows).getSQL()],
          only: sql`${stateNow(store, bookings)} = 'confirmed'`,
        }),
      )
      if (!isIn) return undefined
      const out = await transition.settle(id, caller)
      // By the clock of inventory its time was up.
      if (out.value.state === 'no_show') throw lapsed()
      return out
    })
  }

  /** Gives back what is left of its time. @throws 409 `not_checked_out`; 422 as above */
  async function bringBack(
    id: string,
    { body, caller, ifMatch }: Change<NewHandover>,
  ): Promise<Versioned<Booking>> {
    return retryOnConflict(async () => {
      const before = await find.find(id, caller)
      const { row } = before
      requireMatch(row.version, ifMatch)
      if (!isOut(row.state)) throw notOut(row)
      const now = clock()
      const records = await readBody(body, before, 'return')
      const isEarly = now < row.to_datetime
      const rest = isEarly ? [toShortened(before.items, now)] : []
      const isIn = await keepOrder(records, () =>
        transition.write(row, {
          values: { state: 'returned', unsettled: isEarly ? now : null },
          caller,
          first: [...records.map((it) => toUpdate(it, { now, caller })), ...rest],
        }),
      )
      return isIn ? transition.settle(id, caller) : undefined
    })
  }

  /** What must be recorded is what the policies in force say. */
  async function readBody(body: NewHandover, { items: rows }: Stored, step: Step) {
    const { ofResource } = await policies.now()
    return readRecords(body, rows, ({ resource_id: id, resource_type: type }) => {
      return ofResource({ id, type }).rules.handover?.[step] ?? []
    })
  }

  function toRow(
    { item, record }: ResourceRecord,
    { now, caller }: { now: number; caller: Caller },
  ) {
    const { booking_id, resource_id, resource_type } = item
    return {
      id: newId(),
      booking_id,
      resource_id,
      resource_type,
      checked_out: now,
      checked_out_by: caller.id,
      out_odometer: record.odometer ?? null,
      out_fuel: record.fuel ?? null,
      out_condition: record.condition ?? null,
      out_files: JSON.stringify(record.files ?? []),
      out_note: record.note ?? '',
    }
  }

  function toUpdate(
    { item, record }: ResourceRecord,
    { now, caller }: { now: number; caller: Caller },
  ): SQL {
    const at = sql.param(now, handovers.returned)
    const out = handovers.checked_out
    return store.db
      .update(handovers)
      .set({
        // Another process, whose clock is ahead, may have checked it out.
        returned: sql`CASE WHEN ${out} > ${at} THEN ${out} ELSE ${at} END`,
        returned_by: caller.id,
        in_odometer: record.odometer ?? null,
        in_fuel: record.fuel ?? null,
        in_condition: record.condition ?? null,
        in_files: JSON.stringify(record.files ?? []),
        in_note: record.note ?? '',
      })
      .where(
        and(
          eq(handovers.booking_id, item.booking_id),
          eq(handovers.resource_id, item.resource_id),
          isNull(handovers.returned),
        ),
      )
      .getSQL()
  }

  /** Where its items are to be: until now. Inventory is told, as of any move. */
  function toShortened(rows: ItemRow[], now: number): SQL {
    const next = rows.map((item) => {
      return {
        ...item,
        is_next: 1,
        check_in_by: null,
        to_datetime: Math.max(now, item.from_datetime + 1),
      }
    })
    return store.db.insert(items).values(next).getSQL()
  }

  /**
   * Whoever has come in time and is kept waiting has not missed it: it does not lapse any more.
   * @throws 409 `still_out`: who has it now is to return it first
   */
  async function requireAllBack(
    { row, items: rows }: Stored,
    { now, caller }: { now: number; caller: Caller },
  ): Promise<void> {
    const ids = rows.map(({ resource_id }) => resource_id)
    const [out] = await store.db
      .select({ number: bookings.number, type: handovers.resource_type })
      .from(handovers)
      .innerJoin(bookings, eq(bookings.id, handovers.booking_id))
      .where(and(inArray(handovers.resource_id, ids), isNull(handovers.returned)))
    if (!out) return
    if (row.check_in_by !== null) {
      const values = { check_in_by: null, unsettled: now }
      const only = sql`${stateNow(store, bookings)} = 'confirmed'`
      if (await transition.write(row, { values, caller, only })) {
        await transition.settle(row.id, caller)
      }
    }
    const detail =
      `This ${out.type} is still checked out, for booking ${out.number}. Once it is returned, ` +
      'also by whoever manages it, it can be checked out.'
    throw conflict('still_out', detail)
  }

  /** @throws 422 that says what the odometer was */
  async function keepOrder<T>(records: ResourceRecord[], write: () => Promise<T>): Promise<T> {
    try {
      return await write()
    } catch (error) {
      const isOrder = violation(error) === 'exclusion' || violation(error) === 'check'
      const errors = isOrder ? await listFallen(records) : []
      if (errors.length === 0) throw error
      throw invalid(errors, 'odometer_falls')
    }
  }

  async function listFallen(records: ResourceRecord[]) {
    const ids = records.map(({ item }) => item.resource_id)
    const highest = sql<number>`max(coalesce(${handovers.in_odometer}, ${handovers.out_odometer}))`
    const rows = await store.db
      .select({ id: handovers.resource_id, highest })
      .from(handovers)
      .where(inArray(handovers.resource_id, ids))
      .groupBy(handovers.resource_id)
    const byResource = new Map(rows.map((row) => [row.id, row.highest]))
    return records.flatMap(({ item, record, pointer }) => {
      const last = byResource.get(item.resource_id) ?? 0
      if (record.odometer === undefined || record.odometer >= last) return []
      const detail = `It showed ${last} at the last handover, and an odometer never falls.`
      return [{ pointer: `${pointer}/odometer`, detail }]
    })
  }

  return { checkOut, bringBack }
}

/** @throws 409 unless it is confirmed, has begun, and is not over */
function requireItsTime({ state, from_datetime, to_datetime }: BookingRow, now: number): void {
  if (state === 'no_show') throw lapsed()
  if (isOut(state)) throw conflict('already_checked_out', 'It is checked out already.')
  if (state !== 'confirmed') throw conflict('not_confirmed', `It is ${state}: nothing to pick up.`)
  if (now < from_datetime) {
    const begin = new Date(from_datetime).toISOString()
    throw conflict('not_begun', `It begins at ${begin}. Change it to pick it up earlier.`)
  }
  if (now >= to_datetime) throw conflict('booking_over', 'It is over. Book a time to come.')
}

function lapsed() {
  const detail = 'It was not picked up in time, so its time is free again. Book it anew.'
  return conflict('no_show', detail)
}

function notOut({ state }: BookingRow) {
  return conflict('not_checked_out', `It is ${state}: there is nothing to return.`)
}
