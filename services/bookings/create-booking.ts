import { eq } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Created } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { findReplay, type Creation } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import type { Booking, BookingOutlook, NewBooking } from '../../shared/schemas/booking.ts'
import type { AttachedFile } from '../../shared/schemas/booking-file.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import type { Abandon } from './abandon.ts'
import { readWanted, toBooking, type Wanted } from './booking-values.ts'
import type { Foreseen, Foresight } from './foresight.ts'
import type { NamedPhoto, Photos } from './handover/photos.ts'
import { toHold } from './hold.ts'
import { toStored } from './new-rows.ts'
import { toBookingId, toNumber } from './number.ts'
import { createRecord } from './record-booking.ts'
import type { Reservations } from './reservations.ts'
import type { Judgement, Rulebook } from './rulebook.ts'
import type { Settlement, Stored } from './settle.ts'
import type { AttachedRow, BookingRow, BookingsTables } from './tables.ts'

interface Rules {
  abandon: Abandon
  foresight: Foresight
  photos: Pick<Photos, 'keepOwn'>
  reservations: Reservations
  rulebook: Rulebook
  settlement: Settlement
}

/**
 * Creates bookings: reserves their time, then records them. A booking that needs approval or
 * check-in is held first, and its hold extended once it is recorded.
 */
export function createCreate(
  context: Context,
  tables: BookingsTables,
  { abandon, foresight, photos, reservations, rulebook, settlement }: Rules,
) {
  const { store, clock } = context
  const { bookings, policy_epoch } = tables
  const record = createRecord(context, tables, rulebook)

  async function create(creation: Creation<NewBooking>): Promise<Created<Booking>> {
    const { body, caller, idempotencyKey } = creation
    const wanted = readWanted(body, caller)
    const { files = [] } = body
    const bookingId = idempotencyKey ? toBookingId(idempotencyKey.key) : context.id()
    let holdKey = bookingId
    let mustHold = false
    let mayRecall = true

    return retryOnConflict(async () => {
      const earlier = await findEarlier(creation)
      if (earlier) return earlier
      const foreseen = await foresight.require({ wanted, caller, bookingId, mayRecall })
      mayRecall = false
      const isGiven = !mustHold && isForGood(foreseen.judgement)
      const asked = { reference: toNumber(bookingId), isForGood: isGiven }
      // Without a key of its own the request is not sent again, and this is all that knows of it.
      const key = idempotencyKey && holdKey
      const held = await reservations.hold(toHold(wanted, caller, asked), key)
      // For another attempt it is reserved anew.
      holdKey = context.id()
      foresight.learn(held.allocations)
      const judgement = await judgeHeld(creation, { wanted, bookingId, held, foreseen })
      const ids = held.allocations.map(({ id }) => id)
      const isSettled = held.allocations.every(({ status }) => status === 'confirmed')
      const mustBeHeld = isSettled && !isForGood(judgement)
      if (mustBeHeld || judgement.epoch !== foreseen.judgement.epoch) {
        // Other policies apply to the resources it got; or the policies have changed since it was
        // reserved, and perhaps the name of its type.
        await abandon.release(ids, caller.id)
        mustHold ||= mustBeHeld
        return undefined
      }
      await photos
        .keepOwn(bookingId, toNamed(files), caller)
        .catch((refusal: unknown) => releaseUnrecorded(refusal, ids, caller))
      const stored = toStored(bookingId, {
        wanted,
        caller,
        allocations: held.allocations,
        judgement,
        now: clock(),
        request_key: idempotencyKey?.key ?? null,
        series_id: null,
        isSettled,
      })
      const value = toBooking(stored.row, stored.items)
      const response = idempotencyKey && { ...idempotencyKey, answer: JSON.stringify(value) }
      const attached = files.map((file) => toAttached(file, stored.row))
      const isRecorded = await record({ ...stored, judgement, response, attached })
      if (!isRecorded) {
        await explainMiss(stored, { creation, judgement })
        // Policies have changed. An unknown outcome throws above; what a retry recorded stays.
        await abandon.release(ids, caller.id)
        return undefined
      }
      if (isSettled || (await settlement.settle(stored))) return { value, replayed: false }
      return undefined // the earlier hold under this key has ended
    })
  }

  /** The stored response of a retry; an interrupted booking is completed first. */
  async function findEarlier({ idempotencyKey }: Creation<NewBooking>) {
    const replay = await findReplay<Booking>(store, idempotencyKey)
    return replay && (await settlement.find(replay.value.id)) ? replay : undefined
  }

  /** Judges the resources it actually got, which are usually those predicted. */
  async function judgeHeld(
    creation: Creation<NewBooking>,
    { wanted, bookingId, held, foreseen }: Held,
  ): Promise<Judgement> {
    const { from, to, booked_for: person } = wanted
    const resources = held.allocations.map((it) => ({ id: it.resource_id, type: it.resource_type }))
    if (Bun.deepEquals(resources, foreseen.resources)) return foreseen.judgement
    const asked = { bookingId, resources, span: { from, to }, caller: creation.caller, person }
    const ids = held.allocations.map(({ id }) => id)
    return rulebook
      .decide(asked)
      .catch((refusal: unknown) => releaseUnrecorded(refusal, ids, creation.caller))
  }

  /** Releases the reservation, unless a retry of the request has recorded it. */
  async function releaseUnrecorded(
    refusal: unknown,
    ids: string[],
    caller: Caller,
  ): Promise<never> {
    if (ids.length > 0) await abandon.release(ids, caller.id).catch(leaveToTask)
    throw refusal
  }

  /** @throws why it was not recorded, unless another attempt may succeed */
  async function explainMiss(
    { row, items: rows }: Stored,
    { creation, judgement }: Recording,
  ): Promise<void> {
    if (await findReplay(store, creation.idempotencyKey)) return
    if ((await store.db.$count(bookings, eq(bookings.id, row.id))) > 0) throw reused()
    const isOf = eq(policy_epoch.number, judgement.epoch)
    if ((await store.db.$count(policy_epoch, isOf)) === 0) return // by outdated policies
    const ids = rows.map(({ allocation_id }) => allocation_id)
    await rulebook
      .requireQuotas(judgement)
      .catch((refusal: unknown) => releaseUnrecorded(refusal, ids, creation.caller))
    // The policies have changed by now, or the reservation was given back meanwhile.
  }

  /** The result of a dry run. @throws as the request itself would */
  async function look(body: NewBooking, caller: Caller): Promise<BookingOutlook> {
    const wanted = readWanted(body, caller)
    const { judgement, chosen } = await foresight.look({ wanted, caller, bookingId: context.id() })
    return {
      state: judgement.needsApproval ? 'requested' : 'confirmed',
      from: toInstant(wanted.from) ?? '',
      to: toInstant(wanted.to) ?? '',
      decide_by: judgement.needsApproval ? toInstant(judgement.deadline) : null,
      items: chosen.map(({ resource_id, resource_type }) => ({ resource_id, resource_type })),
    }
  }

  return { create, look }
}

interface Held {
  wanted: Wanted
  bookingId: string
  held: AllocatedBundle
  foreseen: Foreseen
}

interface Recording {
  creation: Creation<NewBooking>
  judgement: Judgement
}

function leaveToTask(): void {}

function isForGood({ needsApproval, checkInBy }: Judgement): boolean {
  return !needsApproval && checkInBy === null
}

function toNamed(files: AttachedFile[]): NamedPhoto[] {
  return files.map(({ file_hash: hash }, at) => ({ hash, pointer: `#/files/${at}/file_hash` }))
}

function toAttached(file: AttachedFile, { id, created, created_by }: BookingRow): AttachedRow {
  return { ...file, booking_id: id, added: created, added_by: created_by }
}

function reused(): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used before. Use a new key for a new request.',
  })
}
