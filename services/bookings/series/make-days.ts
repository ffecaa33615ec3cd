import { eq, inArray, or, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Created } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { findReplay, writeOnce, type IdempotencyKey } from '../../../shared/idempotency.ts'
import { violation } from '@campus/store/error.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import type { Abandon } from '../abandon.ts'
import { toStored } from '../new-rows.ts'
import { toBookingId, toNumber } from '../number.ts'
import type { Reservations } from '../reservations.ts'
import type { Settlement, Stored } from '../settle.ts'
import type { BookingsTables } from '../tables.ts'
import type { Occurrence } from './expand.ts'
import type { JudgeDays, JudgedDay } from './judge-days.ts'
import { againstRules, requireAllowed, requireFit } from './refusal.ts'
import type { Asking, HeldDay, Reserve, SeenDay } from './reserve.ts'
import type { WantedDays } from './wanted.ts'

// An attempt fails only when another booking of the same person, or another policy, comes first.
const attemptsMax = 25

interface Dependencies {
  abandon: Abandon
  judgeDays: JudgeDays
  reservations: Reservations
  reserve: Reserve
  settlement: Settlement
}

export interface Making extends Asking {
  wanted: WantedDays
  series_id: string
  idempotencyKey: IdempotencyKey | undefined
}

/** Further statements of the commit; its last one decides. */
export interface Recording<T> {
  value: T
  first: SQL[]
  last: SQL
}

export type ToRecording<T> = (days: MadeDay[], holds: SQL) => Recording<T>

/** A day, with its booking unless it was left out. */
export interface MadeDay {
  day: Occurrence
  stored: Stored | undefined
}

export type LookedDay = SeenDay & JudgedDay

/** Creates bookings of several days as one, in both services: look, hold, record, confirm. */
export function createMakeDays(
  context: Context,
  tables: BookingsTables,
  { abandon, judgeDays, reservations, reserve, settlement }: Dependencies,
) {
  const { store, clock } = context
  const { bookings, booking_items: items, booking_occurrences: occurrences, policy_epoch } = tables

  /**
   * @param prepare reads what the recording needs of inventory, before anything is held
   * @throws 409 `not_all_free`, 422 or 403 `policy_refused`, with nothing booked
   */
  async function make<T extends { id: string }>(
    making: Making,
    prepare: () => Promise<ToRecording<T>>,
  ): Promise<Created<T>> {
    const { wanted, caller, idempotencyKey } = making
    let key = idempotencyKey ? toBookingId(idempotencyKey.key) : context.id()
    let seen: { epoch: number; toRecording: ToRecording<T> } | undefined
    return retryOnConflict(async () => {
      const earlier = await findEarlier<T>(idempotencyKey)
      if (earlier) return earlier
      seen ??= { epoch: await lookFit(making), toRecording: await prepare() }
      const { epoch, toRecording } = seen
      const held = await reserve.hold(wanted, { ...making, key, reference: toNumber(key) })
      const { days, first, holds } = await judgeHeld(held, making, epoch)
      const made = days.flatMap(({ stored }) => stored ?? [])
      const recording = toRecording(days, holds)
      const statements = [...first, ...recording.first, ...insert(made), recording.last]
      const { value } = recording
      const response = idempotencyKey && { ...idempotencyKey, answer: JSON.stringify(value) }
      const isIn = await record(statements, response)
      const [begun] = made
      if (isIn && begun && (await settlement.settle(begun))) return { value, replayed: false }
      const ids = made.flatMap((one) => one.items.map(({ allocation_id }) => allocation_id))
      // Another booking of the same person came first: what is held stays held.
      if (!isIn && (await isUsable(ids, epoch))) return undefined
      // The hold under this key has ended, was given back, or an earlier request used it; or the
      // policies have changed since.
      if (!isIn) await abandon.release(ids, caller.id)
      key = context.id()
      seen = undefined
      return undefined
    }, attemptsMax)
  }

  /** @returns the epoch of the policies before anything is held */
  async function lookFit({ wanted, ...asking }: Making): Promise<number> {
    const { on_conflict } = asking
    const seen = await look(wanted, asking)
    requireAllowed(seen, on_conflict)
    requireFit(seen, on_conflict)
    return seen[0]?.judgement.epoch ?? 0
  }

  /** Whether what is held may still be recorded, by these policies. */
  async function isUsable(ids: string[], epoch: number): Promise<boolean> {
    const isInForce = eq(policy_epoch.number, epoch)
    if ((await store.db.$count(policy_epoch, isInForce)) === 0) return false
    return !(await isRecorded(ids)) && !(await abandon.isAbandoned(ids))
  }

  /**
   * The stored response of a retry, after completing what it created; undefined if that was undone.
   */
  async function findEarlier<T extends { id: string }>(key: IdempotencyKey | undefined) {
    const replay = await findReplay<T>(store, key)
    return replay && (await isSettled(replay.value.id)) ? replay : undefined
  }

  /** What each day would get now, and how the rules judge it. */
  async function look(wanted: WantedDays, asking: Asking): Promise<LookedDay[]> {
    const seen = await reserve.look(wanted, asking)
    const asked = seen.map((one) => ({ ...one, isTaken: one.refused.length > 0 }))
    const { days } = await judgeDays(asked, { ...asking, booked_for: wanted.booked_for })
    return seen.map((one, at) => ({ ...one, ...(days[at] as JudgedDay) }))
  }

  /**
   * Judges the resources they actually got. Refused days are released.
   * @param epoch of the policies before it was held: types may be renamed since, and have others
   */
  async function judgeHeld(held: HeldDay[], making: Making, epoch: number) {
    const { wanted, caller, on_conflict } = making
    const some = held.filter(({ allocations }) => allocations.length > 0)
    const asked = some.map(({ day, allocations }) => {
      return {
        day,
        resources: allocations.map((it) => ({ id: it.resource_id, type: it.resource_type })),
      }
    })
    const { booked_for } = wanted
    const { days, first, holds } = await judgeDays(asked, { caller, booked_for, epoch })
    const judged = some.map((one, at) => ({ ...one, refused: [], ...(days[at] as JudgedDay) }))
    const against = judged.filter(({ rules }) => rules.length > 0)
    const isNone = against.length > 0 && (on_conflict === 'fail' || against.length === some.length)
    await releaseHeld(isNone ? some : against, caller)
    if (isNone) throw againstRules(against)
    const begun = { now: clock(), request_key: making.idempotencyKey?.key ?? context.id() }
    const allowed = new Map(judged.filter((it) => !against.includes(it)).map((it) => [it.day, it]))
    const made = held.map(({ day }): MadeDay => {
      const one = allowed.get(day)
      return { day, stored: one && toStored(context.id(), toNew(one, making, begun)) }
    })
    return { days: made, first, holds }
  }

  /** Releases the hold, unless an earlier request or a retry has used it. */
  async function releaseHeld(days: HeldDay[], caller: Caller): Promise<void> {
    const ids = days.flatMap(({ allocations }) => allocations.map(({ id }) => id))
    if (ids.length === 0 || (await isRecorded(ids))) return
    await reservations.release(ids, caller.id).catch(leaveToItsEnd)
  }

  async function isRecorded(ids: string[]): Promise<boolean> {
    return (await store.db.$count(items, inArray(items.allocation_id, ids))) > 0
  }

  function insert(made: Stored[]): SQL[] {
    const rows = made.map(({ row }) => row)
    const places = made.flatMap((one) => one.items)
    return [
      store.db.insert(bookings).values(rows).getSQL(),
      store.db.insert(items).values(places).getSQL(),
    ]
  }

  async function record(
    statements: SQL[],
    response: Parameters<typeof writeOnce>[2]['response'],
  ): Promise<boolean> {
    try {
      return await writeOnce(store, statements, { response, now_ms: clock() })
    } catch (error) {
      const reason = violation(error)
      if (reason !== 'unique' && reason !== 'exclusion') throw error
      return false
    }
  }

  async function isSettled(id: string): Promise<boolean> {
    const [one] = await store.db
      .select({ id: bookings.id })
      .from(bookings)
      .leftJoin(occurrences, eq(occurrences.booking_id, bookings.id))
      .where(or(eq(bookings.id, id), eq(occurrences.series_id, id)))
      .limit(1)
    return one !== undefined && (await settlement.find(one.id)) !== undefined
  }

  return { make, look }
}

export type MakeDays = ReturnType<typeof createMakeDays>

function toNew(
  { day: { from, to }, allocations, judgement }: HeldDay & JudgedDay,
  { wanted, caller, series_id }: Making,
  begun: { now: number; request_key: string },
) {
  const { title, note, booked_for } = wanted
  const of = { caller, allocations, judgement, series_id, ...begun }
  return { wanted: { title, note, booked_for, from, to }, ...of }
}

function leaveToItsEnd(): void {}
