import { and, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { VersionedOnce } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import type { ChangeOnce } from '../../../shared/idempotency.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, ProblemError } from '../../../shared/problem.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { NewHandover } from '../../../shared/schemas/handover.ts'
import { requireMatch } from '../../../shared/version.ts'
import type { Find } from '../find-bookings.ts'
import type { Policies } from '../policies.ts'
import { toResponse, type Once } from '../replay.ts'
import type { Rulebook } from '../rulebook.ts'
import type { Stored } from '../settle.ts'
import { isOut, stateNow } from '../state.ts'
import type { BookingRow, BookingsTables } from '../tables.ts'
import type { Transition } from '../transition.ts'
import type { BeginEarly } from './begin-early.ts'
import type { Odometer } from './odometer.ts'
import type { NamedPhoto, Photos } from './photos.ts'
import { readRecords, type ResourceRecord } from './record.ts'
import type { Shorten } from './shorten.ts'

interface Dependencies {
  beginEarly: BeginEarly
  find: Find
  odometer: Odometer
  once: Once
  photos: Photos
  policies: Policies
  rulebook: Rulebook
  shorten: Shorten
  transition: Transition
}

type Step = 'check_out' | 'return'

/** Checks bookings out and returns them. The commit decides. */
export function createHandover(
  { store, clock, id: newId }: Context,
  { bookings, handovers }: BookingsTables,
  dependencies: Dependencies,
) {
  const { beginEarly, find, odometer, once, photos, policies, rulebook } = dependencies
  const { shorten, transition } = dependencies

  /**
   * @throws 409 outside its time, not free before it, or `still_out`; 422 `handover_incomplete`,
   *   `odometer_falls`
   */
  async function checkOut(
    id: string,
    { body, caller, ifMatch, idempotencyKey }: ChangeOnce<NewHandover | null>,
  ): Promise<VersionedOnce<Booking>> {
    return once(idempotencyKey, async () => {
      const before = await find.find(id, caller)
      const { row } = before
      // A retry carries the former version.
      if (isOut(row.state)) throw await findDone(row, caller)
      requireMatch(row.version, ifMatch)
      const now = clock()
      requireItsTime(row, now)
      const records = await readBody(body, before, 'check_out')
      await requireAllBack(before, { now, caller })
      const early = now < row.from_datetime ? await beginEarly(before, { now, caller }) : undefined
      await photos.keep(id, listPhotos(records), caller)
      const rows = records.map((it) => toRow(it, { now, caller }))
      const given = store.db.insert(handovers).values(rows).getSQL()
      const values = { state: 'checked_out', check_in_by: null }
      const from_datetime = early?.from_datetime ?? row.from_datetime
      const then = { ...before, row: { ...row, ...values, from_datetime } }
      const isConfirmed = sql`${stateNow(store, bookings)} = 'confirmed'`
      const isIn = await keepOrder(records, () =>
        transition.write(row, {
          caller,
          response: toResponse(idempotencyKey, then),
          ...(early
            ? {
                // Once inventory has agreed, it is checked out.
                values: { moving: JSON.stringify({ state: values.state }), unsettled: now },
                first: [...rulebook.takeTurn(early.judgement), given, early.places],
                only: sql`${isConfirmed} AND ${rulebook.stillHolds(early.judgement)}`,
              }
            : {
                // Its hold until check-in is yet to be confirmed.
                values: { ...values, unsettled: row.check_in_by === null ? null : now },
                first: [given],
                only: isConfirmed,
              }),
        }),
      )
      if (!isIn) {
        if (early) await rulebook.requireQuotas(early.judgement)
        return undefined
      }
      const out = await transition.settle(id, caller).catch((error: unknown) => {
        throw early ? notFreeYet(row, error) : error
      })
      // By inventory's clock it had already lapsed.
      if (out.value.state === 'no_show') throw lapsed()
      // Another request heard from inventory that it is not free yet.
      return out.value.state === 'confirmed' ? undefined : out
    })
  }

  /** Returns it and releases the rest of its time. @throws 409 `not_checked_out`; 422 as above */
  async function bringBack(
    id: string,
    { body, caller, ifMatch, idempotencyKey }: ChangeOnce<NewHandover | null>,
  ): Promise<VersionedOnce<Booking>> {
    return once(idempotencyKey, async () => {
      const before = await find.find(id, caller)
      const { row } = before
      if (row.state === 'returned') throw await findDone(row, caller)
      requireMatch(row.version, ifMatch)
      if (!isOut(row.state)) throw notOut(row)
      const now = clock()
      const records = await readBody(body, before, 'return')
      await photos.keep(id, listPhotos(records), caller)
      const rest = now < row.to_datetime ? await shorten(before.items, now) : undefined
      const values = { state: 'returned' }
      const isIn = await keepOrder(records, () =>
        transition.write(row, {
          values: { ...values, unsettled: rest ? now : null },
          caller,
          first: [...records.map((it) => toUpdate(it, { now, caller })), ...(rest ? [rest] : [])],
          response: toResponse(idempotencyKey, { ...before, row: { ...row, ...values } }),
        }),
      )
      return isIn ? transition.settle(id, caller) : undefined
    })
  }

  /** 409 for a repeated handover: tells a retry that it succeeded. */
  async function findDone({ id, state }: BookingRow, caller: Caller): Promise<ProblemError> {
    const [row] = await store.db.select().from(handovers).where(eq(handovers.booking_id, id))
    const isBack = state === 'returned'
    const { checked_out, checked_out_by, returned, returned_by } = row ?? {}
    const by = (isBack ? returned_by : checked_out_by) === caller.id ? 'by you ' : ''
    const at = toInstant((isBack ? returned : checked_out) ?? 0) ?? ''
    const what = isBack ? 'returned' : 'checked out'
    const detail = `It was ${what} ${by}at ${at}: nothing was changed.`
    return conflict(isBack ? 'already_returned' : 'already_checked_out', detail)
  }

  /** The current policies say what must be recorded. */
  async function readBody(body: NewHandover | null, { items: rows }: Stored, step: Step) {
    const { ofResource } = await policies.now()
    return readRecords(body ?? {}, rows, ({ resource_id: id, resource_type: type }) => {
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
        // Another process with a faster clock may have checked it out.
        returned: sql`CASE WHEN ${out} > ${at} THEN ${out} ELSE ${at} END`,
        returned_by: caller.id,
        in_odometer: record.odometer ?? null,
        in_fuel: record.fuel ?? null,
        in_condition: record.condition ?? null,
        in_files: JSON.stringify(record.files ?? []),
        in_note: record.note ?? '',
        version: sql`${handovers.version} + 1`,
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

  /**
   * Nobody who comes in time misses it because of a late return: it does not lapse any more.
   * @throws 409 `still_out` until the current user has returned it
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
    if (row.check_in_by !== null && row.from_datetime <= now) {
      const values = { check_in_by: null, unsettled: now }
      const only = sql`${stateNow(store, bookings)} = 'confirmed'`
      if (await transition.write(row, { values, caller, only })) {
        await transition.settle(row.id, caller)
      }
    }
    const detail =
      `This ${out.type} is still checked out, for booking ${out.number}. Once it is returned, ` +
      'by a manager if need be, it can be checked out.'
    throw conflict('still_out', detail)
  }

  function keepOrder<T>(records: ResourceRecord[], write: () => Promise<T>): Promise<T> {
    return odometer.keepOrder(write, () => odometer.listFallen(records))
  }

  return { checkOut, bringBack }
}

/** @throws 409 unless it is confirmed and not over */
function requireItsTime({ state, to_datetime }: BookingRow, now: number): void {
  if (state === 'no_show') throw lapsed()
  if (state !== 'confirmed')
    throw conflict('not_confirmed', `The booking is ${state}: there is nothing to pick up.`)
  if (now >= to_datetime) throw conflict('booking_over', 'The booking is over. Book a later time.')
}

function notFreeYet({ from_datetime }: BookingRow, error: unknown): unknown {
  if (!(error instanceof ProblemError) || error.code !== 'not_all_free') return error
  const begin = new Date(from_datetime).toISOString()
  const detail = `It is not free before the booking begins at ${begin}. Nothing was changed.`
  return conflict('not_all_free', detail, error.members)
}

function lapsed() {
  const detail = 'It was not picked up in time, so its time is free again. Book again.'
  return conflict('no_show', detail)
}

function listPhotos(records: ResourceRecord[]): NamedPhoto[] {
  return records.flatMap(({ record: { files = [] }, pointer }) =>
    files.map((hash, at) => ({ hash, pointer: `${pointer}/files/${at}` })),
  )
}

function notOut({ state }: BookingRow) {
  return conflict('not_checked_out', `The booking is ${state}: there is nothing to return.`)
}
