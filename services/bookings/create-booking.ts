import { eq } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Created } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { findReplay, writeOnce, type Creation } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { conflict, ProblemError } from '../../shared/problem.ts'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import type { Booking, BookingOutlook, NewBooking } from '../../shared/schemas/booking.ts'
import type { NewReservation } from '../../shared/schemas/reservation.ts'
import { violation } from '../../shared/store/error.ts'
import { retryOnConflict } from '../../shared/version.ts'
import { readWanted, toBooking, toSearchText, type Wanted } from './booking-values.ts'
import { toBookingId, toNumber } from './number.ts'
import { toViewer, type Reservations } from './reservations.ts'
import type { Settlement, Stored } from './settle.ts'
import type { BookingRow, BookingsTables, ItemRow } from './tables.ts'

// From the hold to its confirmation. A process that dies in between blocks the time for so long.
const hold = { for: 'PT1M', for_ms: 60_000 }

/** Makes bookings: hold, record, confirm. */
export function createCreate(
  context: Context,
  { bookings, booking_items: items }: BookingsTables,
  { reservations, settlement }: { reservations: Reservations; settlement: Settlement },
) {
  const { store, clock } = context

  async function create(creation: Creation<NewBooking>): Promise<Created<Booking>> {
    const { body, caller, idempotencyKey } = creation
    const wanted = readWanted(body, caller)
    const id = idempotencyKey ? toBookingId(idempotencyKey.key) : context.id()
    let holdKey = id
    return retryOnConflict(async () => {
      const earlier = await findEarlier(creation)
      if (earlier) return earlier
      const held = await reservations.hold(toHold(wanted, caller, toNumber(id)), holdKey)
      const stored = toStored(id, { wanted, caller, held })
      stored.row.request_key = idempotencyKey?.key ?? null
      const value = toBooking(stored.row, stored.items)
      const isRecorded = await record(stored, value, creation)
      if (isRecorded && (await settlement.settle(stored))) return { value, replayed: false }
      // The hold is an old one that has ended, or a retry of this request was faster.
      holdKey = context.id()
      return undefined
    })
  }

  /** What a retry is answered; its booking is finished first, should it have broken off. */
  async function findEarlier({ idempotencyKey }: Creation<NewBooking>) {
    const replay = await findReplay<Booking>(store, idempotencyKey)
    return replay && (await settlement.find(replay.value.id)) ? replay : undefined
  }

  async function record(
    { row, items: rows }: Stored,
    value: Booking,
    { idempotencyKey }: Creation<NewBooking>,
  ): Promise<boolean> {
    const statements = [
      store.db.insert(bookings).values(row).getSQL(),
      store.db.insert(items).values(rows).getSQL(),
    ]
    const response = idempotencyKey && { ...idempotencyKey, answer: JSON.stringify(value) }
    try {
      if (await writeOnce(store, statements, { response, now_ms: clock() })) return true
    } catch (error) {
      if (violation(error) !== 'unique') throw error
    }
    const isForgotten = !(await findReplay(store, idempotencyKey))
    const isThere = (await store.db.$count(bookings, eq(bookings.id, row.id))) > 0
    if (isForgotten && isThere) throw reused()
    return false
  }

  function toStored(
    id: string,
    { wanted, caller, held }: { wanted: Wanted; caller: Caller; held: AllocatedBundle },
  ): Stored {
    const { title, note, booked_for, from: from_datetime, to: to_datetime } = wanted
    const now = clock()
    const number = toNumber(id)
    const what = { id, number, title, note, booked_for, from_datetime, to_datetime }
    const state = { state: 'confirmed', decide_by: null, decided_by: null, reason: null }
    const who = { created_by: caller.id, created: now, changed_by: caller.id, version: 1 }
    const making = { unsettled: now, begun_until: now + hold.for_ms, request_key: null }
    const search_text = toSearchText({ number, title })
    const row: BookingRow = { ...what, ...state, ...who, ...making, search_text }
    const rows = held.allocations.map((allocation, position): ItemRow => {
      const { id: allocation_id, resource_id, resource_type } = allocation
      const place = { allocation_id, resource_id, resource_type, from_datetime, to_datetime }
      return { booking_id: id, position, is_next: 0, ...place }
    })
    return { row, items: rows }
  }

  /** What the same request would come to now. @throws as it would */
  async function look(body: NewBooking, caller: Caller): Promise<BookingOutlook> {
    const wanted = readWanted(body, caller)
    const { chosen, refused } = await reservations.look(toHold(wanted, caller))
    if (refused.length > 0) {
      const which = refused.map(({ item }) => item).join(', ')
      const detail = `Nothing was booked: these items are not available: ${which}.`
      throw conflict('not_all_free', detail, { items: refused })
    }
    return {
      state: 'confirmed',
      from: toInstant(wanted.from) ?? '',
      to: toInstant(wanted.to) ?? '',
      items: chosen.map(({ resource_id, resource_type }) => ({ resource_id, resource_type })),
    }
  }

  return { create, look }
}

function toHold(
  { items, from, to, title, booked_for }: Wanted,
  caller: Caller,
  number?: string,
): NewReservation {
  return {
    items,
    from_datetime: toInstant(from),
    to_datetime: toInstant(to),
    description: title,
    booked_for,
    hold_for: hold.for,
    viewer: toViewer(caller),
    ...(number !== undefined && { reference: number }),
  }
}

function reused(): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used before. Use a new key for a new request.',
  })
}
