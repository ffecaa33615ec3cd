import type { TimeSpan } from '../span.ts'
import {
  areTooClose,
  byPlace,
  endOf,
  refusal,
  toBooked,
  type Answer,
  type Booked,
  type Hold,
  type Made,
  type Operation,
  type Refused,
  type WantedBooking,
} from './operation.ts'

type Doing<Does extends Operation['does']> = Extract<Operation, { does: Does }>

/** What a bundle needs to know and do of the oracle. */
export interface World {
  /** What keeps a span from being booked. */
  inTheWay: (resource: string, span: TimeSpan) => Booked[]
  /** What is taken, kept free included, by start. */
  taken: (resource: string) => TimeSpan[]
  place: (resource: string, booked: Booked, hold?: Hold) => boolean
  isDecommissioned: (resource: string) => boolean
}

// A refusal of a bundle names so many for each item.
const conflictsMax = 3

/** Things that are named: tried in turn, and put back when one of them cannot be had. */
export function bookBundle(
  { wanted, skip, key, hold }: Doing<'book bundle'>,
  world: World,
  once: (key: string | undefined, booking: string, run: () => Answer) => Answer,
): Answer {
  if (wanted.some(({ span }) => span.from >= span.to)) return refusal(422, 'empty_span')
  if (wanted.some((one, at) => wanted.slice(at + 1).some((other) => meet(one, other, world)))) {
    return refusal(422, 'items_overlap')
  }
  return once(key, wanted[0]?.booking ?? '', () => {
    const refused = wanted.flatMap((one, item) => refuse(one, item, world))
    if (refused.length === wanted.length || (refused.length > 0 && !skip)) {
      return { ...refusal(409, 'not_all_free'), refused }
    }
    const missing = new Set(refused.map(({ item }) => item))
    const made = wanted.filter((_, item) => !missing.has(item))
    for (const one of made) world.place(one.resource, toBooked(one), hold)
    return {
      status: 201,
      made: toMade(made, hold),
      skipped: refused.map(({ item, code }) => ({ item, code, count: 1 })),
      replayed: false,
    }
  })
}

/** Any of a pool: the first that are free, in the order of preference. */
export function bookAny(
  { pool, wanted, span, skip, hold }: Doing<'book any'>,
  world: World,
): Answer {
  if (span.from >= span.to) return refusal(422, 'empty_span')
  const free = pool.resources.filter(
    (one) => !world.isDecommissioned(one) && world.inTheWay(one, span).length === 0,
  )
  const missing = Math.max(0, wanted.length - free.length)
  if (free.length === 0 || (missing > 0 && !skip)) {
    const refused = [{ item: 0, code: 'none_free', conflicts: [] }]
    return { ...refusal(409, 'not_all_free'), refused }
  }
  const taken = free.slice(0, wanted.length).toSorted((a, b) => a.localeCompare(b))
  const made = taken.map((resource, at) => ({ resource, booking: wanted[at] ?? '', span }))
  for (const one of made) world.place(one.resource, toBooked(one), hold)
  return {
    status: 201,
    made: toMade(made, hold),
    skipped: missing > 0 ? [{ item: 0, code: 'none_free', count: missing }] : [],
    replayed: false,
  }
}

// What is kept free around bookings of a resource is known only while it is in service.
function meet(a: WantedBooking, b: WantedBooking, world: World): boolean {
  if (a.resource !== b.resource) return false
  if (a.span.from < b.span.to && b.span.from < a.span.to) return true
  return !world.isDecommissioned(a.resource) && areTooClose(a.resource, a.span, b.span)
}

function refuse({ resource, span }: WantedBooking, item: number, world: World): Refused[] {
  if (world.isDecommissioned(resource)) {
    return [{ item, code: 'resource_not_found', conflicts: [] }]
  }
  const others = world.inTheWay(resource, span).slice(0, conflictsMax).map(toBooked)
  return others.length > 0 ? [{ item, code: 'allocation_overlap', conflicts: others }] : []
}

function toMade(made: WantedBooking[], hold: Hold | undefined): Made[] {
  const held_until = endOf(hold)
  return made
    .map(({ resource, booking, span }) => ({ resource, booking, span, held_until }))
    .toSorted(byPlace)
}
