import type { Caller } from '../../../shared/access.ts'
import { toInstant } from '../../../shared/instant.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { BundleItem, ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type { NewBookingSeries } from '../../../shared/schemas/booking-series.ts'
import type { NewReservation } from '../../../shared/schemas/reservation.ts'
import { hold } from '../hold.ts'
import { toViewer, type Reservations } from '../reservations.ts'
import type { Occurrence } from './expand.ts'
import { notAvailable } from './refusal.ts'
import { countOf, type WantedDays } from './wanted.ts'

export type OnConflict = NonNullable<NewBookingSeries['on_conflict']>

export interface Asking {
  caller: Caller
  on_conflict: OnConflict
}

export interface Holding extends Asking {
  /** The idempotency key of the hold: a retry gets what it has already. */
  key: string
  reference: string
}

/** What one day got; no allocations: it is skipped. */
export interface HeldDay {
  day: Occurrence
  allocations: Allocation[]
}

/** What one day would get; where something is taken, what is known of it. */
export interface SeenDay {
  day: Occurrence
  /** One of a type that is not known yet has no id. */
  resources: { id: string; type: string }[]
  refused: ItemRefusal[]
}

type Refused = Pick<ItemRefusal, 'item' | 'code'>

/** Asks inventory for all days of a series in one commit: it gives all, or those that are free. */
export function createReserve(reservations: Reservations) {
  /**
   * @throws 409 `not_all_free`: with `fail` when one day is taken, else when all are; and for a
   *   resource that is not there. Nothing is held then.
   */
  async function holdDays(wanted: WantedDays, holding: Holding): Promise<HeldDay[]> {
    const { caller, on_conflict, key, reference } = holding
    const body = { ...toRequest(wanted, caller), hold_for: hold.for, reference }
    const mode = on_conflict === 'fail' ? 'all' : 'skip'
    const { allocations, refused } = await holdSome({ ...body, mode }, key)
    if (mode === 'all' || refused.some(isMissing)) requireAll(wanted, refused)
    const others =
      on_conflict === 'alternative' ? await toAlternatives(wanted, refused, caller) : []
    if (others.length > 0) {
      const more = { ...body, items: others.map(({ item }) => item), mode } as const
      const which = Bun.hash(JSON.stringify(more.items)).toString(36)
      allocations.push(...(await holdSome(more, `${key}-${which}`)).allocations)
    }
    const held = byDay(wanted, allocations)
    const halves = held.filter(({ allocations: own }) => own.length < countOf(wanted.items))
    const ids = halves.flatMap(({ allocations: own }) => own.map(({ id }) => id))
    if (ids.length > 0) await reservations.release(ids, caller.id)
    for (const half of halves) half.allocations = []
    if (halves.length === held.length) requireAll(wanted, refused)
    return held
  }

  async function holdSome(body: NewReservation, key: string) {
    try {
      const { allocations, skipped } = await reservations.hold(body, key)
      return { allocations: [...allocations], refused: skipped as Refused[] }
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'not_all_free') throw error
      return { allocations: [], refused: error.members['items'] as ItemRefusal[] }
    }
  }

  /** What each day would get as things are now. @throws 409 for a resource that is not there */
  async function look(wanted: WantedDays, { caller, on_conflict }: Asking): Promise<SeenDay[]> {
    const request = toRequest(wanted, caller)
    const { chosen, refused } = await reservations.look(request)
    const taken = new Set(refused.map(({ item }) => item))
    if (refused.some(isMissing)) requireAll(wanted, refused)
    const others =
      on_conflict === 'alternative' ? await toAlternatives(wanted, refused, caller) : []
    const items = others.map(({ item }) => item)
    const second = items.length > 0 ? await reservations.look({ ...request, items }) : undefined
    const more = second?.chosen.map((one) => ({ ...one, item: others[one.item]?.at ?? -1 })) ?? []
    const instead = new Set(more.map(({ item }) => item))
    const open = refused.filter(({ item }) => !instead.has(item))
    const dayOf = ({ item }: { item: number }) => Math.floor(item / wanted.items.length)
    const got = Map.groupBy([...chosen.filter(({ item }) => !taken.has(item)), ...more], dayOf)
    const not = Map.groupBy(open, dayOf)
    return wanted.days.map((day, at) => {
      const own = inOrder(not.get(at) ?? [], wanted)
      const free = (got.get(at) ?? []).map((it) => ({ id: it.resource_id, type: it.resource_type }))
      return {
        day,
        resources: [...free, ...own.flatMap((it) => toKnown(it, wanted))],
        refused: own,
      }
    })
  }

  /** For what is taken: any other of its type, at the same time. */
  async function toAlternatives(wanted: WantedDays, refused: readonly Refused[], caller: Caller) {
    const { items, days } = wanted
    const taken = refused.map(({ item: at }) => {
      return {
        at,
        id: items[at % items.length]?.resource_id,
        day: days[Math.floor(at / items.length)],
      }
    })
    const types = await findTypes(wanted, taken, caller)
    return taken.flatMap(({ at, id = '', day }) => {
      const type = types.get(id)
      return type === undefined || !day ? [] : [{ at, item: { type, ...toSpan(day) } }]
    })
  }

  /** The types of the resources that are taken, by their ids. */
  async function findTypes(
    wanted: WantedDays,
    taken: { id: string | undefined; day: Occurrence | undefined }[],
    caller: Caller,
  ): Promise<Map<string, string>> {
    const once = new Map(taken.flatMap(({ id, day }) => (id && day ? [[id, day] as const] : [])))
    const items = [...once].map(([resource_id, day]) => ({ resource_id, ...toSpan(day) }))
    if (items.length === 0) return new Map()
    const { chosen, refused } = await reservations.look({ ...toRequest(wanted, caller), items })
    return new Map(
      [...chosen, ...refused].flatMap(({ item, resource_type }) => {
        const id = items[item]?.resource_id
        return id === undefined || resource_type === undefined ? [] : [[id, resource_type] as const]
      }),
    )
  }

  return { hold: holdDays, look }
}

export type Reserve = ReturnType<typeof createReserve>

function toRequest({ items, days, title, booked_for }: WantedDays, caller: Caller): NewReservation {
  return {
    items: days.flatMap((day) => items.map((item): BundleItem => ({ ...item, ...toSpan(day) }))),
    description: title,
    booked_for,
    viewer: toViewer(caller),
  }
}

function toSpan({ from, to }: Occurrence) {
  return { from_datetime: toInstant(from), to_datetime: toInstant(to) }
}

// Days of a series never overlap, so a start is of one day.
function byDay({ days }: WantedDays, allocations: Allocation[]): HeldDay[] {
  const byStart = Map.groupBy(allocations, ({ from_datetime }) => Date.parse(from_datetime ?? ''))
  return days.map((day) => ({ day, allocations: byStart.get(day.from) ?? [] }))
}

/** What is known of an item that is taken. */
function toKnown({ item, resource_type }: ItemRefusal, { items }: WantedDays) {
  const { resource_id: id = '', type = resource_type, count = 1 } = items[item] ?? {}
  return type === undefined ? [] : Array.from({ length: count }, () => ({ id, type }))
}

function isMissing({ code }: Refused): boolean {
  return code === 'resource_not_found'
}

/** Which items of a day they are, counted from 0. */
function inOrder(refused: ItemRefusal[], { items }: WantedDays): ItemRefusal[] {
  return refused.map((one) => ({ ...one, item: one.item % items.length }))
}

/** @throws 409 that names each day something was refused on */
function requireAll(wanted: WantedDays, refused: readonly Refused[]): void {
  const blank = { conflicts: [], next_free: null, peers: [] }
  const full = refused.map((one) => ({ ...blank, ...one }))
  const byDayOf = Map.groupBy(full, ({ item }) => Math.floor(item / wanted.items.length))
  const days = wanted.days.flatMap((day, at) => {
    const own = byDayOf.get(at)
    return own ? [{ day, refused: inOrder(own, wanted), rules: [] }] : []
  })
  if (days.length > 0) throw notAvailable(days)
}
