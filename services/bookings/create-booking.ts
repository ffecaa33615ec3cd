import { eq } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Created } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { findReplay, type Creation } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
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

interface Dependencies {
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
  { abandon, foresight, photos, reservations, rulebook, settlement }: Dependencies,
) {
  const { store, clock } = context
  const { bookings, policy_epoch } = tables
  const write = createRecord(context, tables, rulebook)

  async function create(creation: Creation<NewBooking>): Promise<Created<Booking>> {
    const { body, caller, idempotencyKey } = creation
    const wanted = readWanted(body, caller)
    const bookingId = idempotencyKey ? toBookingId(idempotencyKey.key) : context.id()
    const asked = { ...creation, wanted, bookingId }
    let attempt = { isFirst: true, mustHold: false }
    return retryOnConflict(async () => {
      const earlier = await findEarlier(creation)
      if (earlier) return earlier
      const { mustHold, reserved } = await reserve(asked, attempt)
      attempt = { isFirst: false, mustHold }
      return reserved && record(asked, reserved)
    })
  }

  /** @returns nothing reserved if it has to be judged anew; then perhaps it must be held first */
  async function reserve(asked: Asked, { isFirst, mustHold }: Attempt) {
    const { wanted, caller, bookingId, idempotencyKey } = asked
    const foreseen = await foresight.require({ wanted, caller, bookingId, mayRecall: isFirst })
    const reference = toNumber(bookingId)
    const asks = { reference, isForGood: !mustHold && isForGood(foreseen.judgement) }
    // Without a key of its own the request is not sent again, and this is all that knows of it.
    // Another attempt reserves anew.
    const key = idempotencyKey && (isFirst ? bookingId : context.id())
    const { allocations } = await reservations.hold(toHold(wanted, caller, asks), key)
    foresight.learn(allocations)
    const judgement = await judgeHeld(asked, allocations, foreseen)
    const isHeld = allocations.some(({ status }) => status === 'held')
    const lacksHold = !isHeld && !isForGood(judgement)
    if (!lacksHold && judgement.epoch === foreseen.judgement.epoch) {
      return { mustHold, reserved: { allocations, judgement, isHeld } }
    }
    // Other policies apply to the resources it got; or the policies have changed since it was
    // reserved, and perhaps the name of its type.
    await abandon.release(idsOf(allocations), caller.id)
    return { mustHold: mustHold || lacksHold, reserved: undefined }
  }

  /** @returns undefined if another attempt may succeed */
  async function record(
    asked: Asked,
    { allocations, judgement, isHeld }: Reserved,
  ): Promise<Created<Booking> | undefined> {
    const { body, wanted, caller, bookingId, idempotencyKey } = asked
    const { files = [] } = body
    const ids = idsOf(allocations)
    await photos
      .keepOwn(bookingId, toNamed(files), caller)
      .catch((refusal: unknown) => releaseUnrecorded(refusal, ids, caller))
    const stored = toStored(bookingId, {
      wanted,
      caller,
      allocations,
      judgement,
      now: clock(),
      request_key: idempotencyKey?.key ?? null,
      series_id: null,
      isSettled: !isHeld,
    })
    const value = toBooking(stored.row, stored.items)
    const response = idempotencyKey && { ...idempotencyKey, answer: JSON.stringify(value) }
    const attached = files.map((file) => toAttached(file, stored.row))
    if (await write({ ...stored, judgement, response, attached })) {
      // If its hold has ended, nothing is left of it.
      const isKept = !isHeld || (await settlement.settle(stored))
      return isKept ? { value, replayed: false } : undefined
    }
    await explainMiss(asked, stored, judgement)
    // Policies have changed. An unknown outcome throws above; what a retry recorded stays.
    await abandon.release(ids, caller.id)
    return undefined
  }

  /** The stored response of a retry; an interrupted booking is completed first. */
  async function findEarlier({ idempotencyKey }: Creation<NewBooking>) {
    const replay = await findReplay<Booking>(store, idempotencyKey)
    return replay && (await settlement.find(replay.value.id)) ? replay : undefined
  }

  /** Judges the resources it actually got, which are usually those predicted. */
  async function judgeHeld(
    { wanted, bookingId, caller }: Asked,
    allocations: Allocation[],
    foreseen: Foreseen,
  ): Promise<Judgement> {
    const { from, to, booked_for: person } = wanted
    const resources = allocations.map((it) => ({ id: it.resource_id, type: it.resource_type }))
    if (Bun.deepEquals(resources, foreseen.resources)) return foreseen.judgement
    return rulebook
      .decide({ bookingId, resources, span: { from, to }, caller, person })
      .catch((refusal: unknown) => releaseUnrecorded(refusal, idsOf(allocations), caller))
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
    { idempotencyKey, caller }: Asked,
    { row, items: rows }: Stored,
    judgement: Judgement,
  ): Promise<void> {
    if (await findReplay(store, idempotencyKey)) return
    if ((await store.db.$count(bookings, eq(bookings.id, row.id))) > 0) throw reused()
    const isOf = eq(policy_epoch.number, judgement.epoch)
    if ((await store.db.$count(policy_epoch, isOf)) === 0) return // by outdated policies
    const ids = rows.map(({ allocation_id }) => allocation_id)
    await rulebook
      .requireQuotas(judgement)
      .catch((refusal: unknown) => releaseUnrecorded(refusal, ids, caller))
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

interface Asked extends Creation<NewBooking> {
  wanted: Wanted
  bookingId: string
}

/** Another attempt recalls no policies, and must hold what needs it but was reserved for good. */
interface Attempt {
  isFirst: boolean
  mustHold: boolean
}

interface Reserved {
  allocations: Allocation[]
  judgement: Judgement
  /** Until it is recorded; else it is reserved for good. */
  isHeld: boolean
}

function leaveToTask(): void {}

const idsOf = (allocations: Allocation[]) => allocations.map(({ id }) => id)

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
