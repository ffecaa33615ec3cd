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
  /** The idempotency key of the hold: a retry gets the same allocations. */
  key: string
  reference: string
}

/** The allocations of one day; none if it is skipped. */
export interface HeldDay {
  day: Occurrence
  allocations: Allocation[]
}

/** What one day would get, and what is known about a taken one. */
export interface SeenDay {
  day: Occurrence
  /** Without an id while only the type is known. */
  resources: { id: string; type: string }[]
  refused: ItemRefusal[]
}

type AskedDays = Omit<WantedDays, 'items'> & { items: BundleItem[] }
type Refused = Pick<ItemRefusal, 'item' | 'code'>

/** Asks inventory for all days of a series in one commit: all, or those that are free. */
export function createReserve(reservations: Reservations) {
  /**
   * @throws 409 `not_all_free`, with nothing held: with `fail` if one day is taken, otherwise if
   * all are; and for a resource that does not exist
   */
  async function holdDays(wanted: WantedDays, holding: Holding): Promise<HeldDay[]> {
    const { caller, on_conflict, key, reference } = holding
    const asked = await toAsked(wanted, holding)
    const mode = on_conflict === 'fail' ? 'all' : 'skip'
    const body = { ...toRequest(asked, caller), hold_for: hold.for, reference, mode } as const
    const { allocations, refused } = await holdSome(body, key)
    if (mode === 'all' || refused.some(isMissing)) requireAll(wanted, refused)
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

  /** What each day would get now. @throws 409 for a resource that does not exist */
  async function look(wanted: WantedDays, asking: Asking): Promise<SeenDay[]> {
    const asked = await toAsked(wanted, asking)
    // A day off the slot grid is refused individually.
    const request = { ...toRequest(asked, asking.caller), mode: 'skip' as const }
    const { chosen, refused } = await reservations.look(request)
    if (refused.some(isMissing)) requireAll(wanted, refused)
    const taken = new Set(refused.map(({ item }) => item))
    const dayOf = ({ item }: { item: number }) => Math.floor(item / wanted.items.length)
    const free = chosen.filter(({ item }) => !taken.has(item))
    const got = Map.groupBy(free, dayOf)
    const not = Map.groupBy(refused, dayOf)
    return wanted.days.map((day, at) => {
      const own = inOrder(not.get(at) ?? [], wanted)
      const seen = (got.get(at) ?? []).map((it) => ({ id: it.resource_id, type: it.resource_type }))
      return {
        day,
        resources: [...seen, ...own.flatMap((it) => toKnown(it, asked))],
        refused: own,
      }
    })
  }

  /** With alternatives, a resource becomes a preference within its type. @throws 409 as above */
  async function toAsked(wanted: WantedDays, { caller, on_conflict }: Asking): Promise<AskedDays> {
    const named = wanted.items.flatMap(({ resource_id: id }) => id ?? [])
    if (on_conflict !== 'alternative' || named.length === 0) return wanted
    const once = { ...wanted, days: wanted.days.slice(0, 1) }
    const { chosen, refused } = await reservations.look(toRequest(once, caller))
    if (refused.some(isMissing)) requireAll(wanted, refused)
    const types = new Map(chosen.map((it) => [it.resource_id, it.resource_type]))
    const items = wanted.items.map((item): BundleItem => {
      const { resource_id: id = '' } = item
      const type = types.get(id)
      return type === undefined ? item : { type, prefer: [id] }
    })
    return { ...wanted, items }
  }

  return { hold: holdDays, look }
}

export type Reserve = ReturnType<typeof createReserve>

function toRequest({ items, days, title, booked_for }: AskedDays, caller: Caller): NewReservation {
  return {
    items,
    spans: days.map(({ from, to }) => {
      return { from_datetime: toInstant(from) ?? '', to_datetime: toInstant(to) ?? '' }
    }),
    description: title,
    booked_for,
    viewer: toViewer(caller),
  }
}

// Days of a series never overlap, so a start identifies its day.
function byDay({ days }: WantedDays, allocations: Allocation[]): HeldDay[] {
  const byStart = Map.groupBy(allocations, ({ from_datetime }) => Date.parse(from_datetime ?? ''))
  return days.map((day) => ({ day, allocations: byStart.get(day.from) ?? [] }))
}

/** What is known about a taken item. */
function toKnown({ item, resource_type }: ItemRefusal, { items }: AskedDays) {
  const { resource_id: id = '', type = resource_type, count = 1 } = items[item] ?? {}
  return type === undefined ? [] : Array.from({ length: count }, () => ({ id, type }))
}

function isMissing({ code }: Refused): boolean {
  return code === 'resource_not_found'
}

/** The indexes of a day's items, from 0. */
function inOrder(refused: ItemRefusal[], { items }: WantedDays): ItemRefusal[] {
  return refused.map((one) => ({ ...one, item: one.item % items.length }))
}

/** @throws 409 naming each day with a refusal */
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
