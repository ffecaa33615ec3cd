import type { TimeSpan } from '../span.ts'
import { bookAny, bookBundle, type World } from './oracle-bundle.ts'
import { createQueue, everything } from './oracle-waitlist.ts'
import {
  buffersOf,
  endOf,
  isTombstone,
  keptBy,
  noBuffers,
  overlaps,
  refusal,
  toBooked,
  tombstoneOf,
  widen,
  type Answer,
  type Booked,
  type Buffers,
  type Hold,
  type Operation,
} from './operation.ts'
import { hour_ms } from '../../../shared/duration.ts'

type Doing<Does extends Operation['does']> = Extract<Operation, { does: Does }>

export interface Entry extends Booked {
  version: number
  held_until: number | null
  /** When it was made, of a hold. */
  created: number
  /** What is kept free around it. */
  kept: Buffers
}

// A refusal names so many of the bookings in the way.
const conflictsMax = 10
const holdMax_ms = 24 * hour_ms

/**
 * The inventory as it should be, in memory, one operation after the other. Slow, short, and made
 * without a look at the real one.
 */
export function createOracle() {
  const resources = new Map<string, Map<string, Entry>>()
  const decommissioned = new Map<string, Entry>()
  const keys = new Map<string, { booking: string; answer: Answer }>()
  const ended = new Map<string, string[]>()

  const on = (resource: string) => resources.get(resource) ?? new Map<string, Entry>()
  /** @param busy a span with what is kept free around it */
  function inTheWay(resource: string, busy: TimeSpan, except?: string): Entry[] {
    return [...on(resource).values()]
      .filter((entry) => entry.booking !== except && overlaps(busyOf(entry), busy))
      .toSorted((a, b) => a.span.from - b.span.from)
  }

  function place(resource: string, { booking, span }: Booked, hold?: Hold): boolean {
    const kept = isTombstone({ booking }) ? noBuffers : keptBy(span, buffersOf(resource))
    if (span.from >= span.to || inTheWay(resource, widen(span, kept)).length > 0) return false
    const held_until = endOf(hold)
    const created = hold?.now ?? 0
    on(resource).set(booking, { booking, span, kept, version: 1, held_until, created })
    return true
  }

  function inTheWayOf(resource: string, span: TimeSpan): Entry[] {
    return inTheWay(resource, widen(span, keptBy(span, buffersOf(resource))))
  }

  const world: World = {
    inTheWay: inTheWayOf,
    taken: (resource) => inTheWay(resource, everything).map(busyOf),
    place,
    isDecommissioned: (resource) => decommissioned.has(resource),
  }

  const queue = createQueue(world)
  function freeUp(resource: string, before: TimeSpan, entry: Entry): void {
    const after = busyOf(entry)
    if (before.from < after.from || before.to > after.to) queue.offer(resource, before)
  }

  /** Answers a repeat as the first time, and remembers what has to be. */
  function once(key: string | undefined, booking: string, run: () => Answer): Answer {
    const first = key === undefined ? undefined : keys.get(key)
    if (first && first.booking !== booking) return refusal(422, 'idempotency_key_reused')
    if (first) return { ...first.answer, replayed: true }
    const answer = run()
    if (key !== undefined && answer.status === 201) keys.set(key, { booking, answer })
    return answer
  }

  function book({ resource, booking, span, key, hold }: Doing<'book'>): Answer {
    if (span.from >= span.to) return refusal(422, 'empty_span')
    return once(key, booking, () => {
      if (decommissioned.has(resource)) return refusal(404, 'resource_not_found')
      if (!place(resource, { booking, span }, hold)) return conflict(inTheWayOf(resource, span))
      const made = { booking, span, version: 1, held_until: endOf(hold) }
      return { status: 201, ...made, replayed: false }
    })
  }

  function find({ resource, booking, ifVersion }: Aimed): Entry | Answer {
    const entry = on(resource).get(booking)
    if (!entry) return refusal(404, 'allocation_not_found')
    if (ifVersion === undefined || ifVersion === entry.version) return entry
    return refusal(412, 'precondition_failed')
  }

  function change(operation: Doing<'change'>): Answer {
    if (decommissioned.has(operation.resource)) return refusal(404, 'resource_not_found')
    const entry = find(operation)
    if ('status' in entry) return entry
    const span = { ...entry.span, ...operation.span }
    if (span.from >= span.to) return refusal(422, 'empty_span')
    const kept = keptBy(span, entry.kept)
    const others = inTheWay(operation.resource, widen(span, kept), entry.booking)
    if (others.length > 0) return conflict(others)
    const before = busyOf(entry)
    const answer = renew(entry, { span, kept })
    freeUp(operation.resource, before, entry)
    return answer
  }

  function release(operation: Aimed): Answer {
    const entry = find(operation)
    if ('status' in entry) return entry
    on(operation.resource).delete(entry.booking)
    queue.offer(operation.resource, busyOf(entry))
    return { status: 204 }
  }

  function confirm(operation: Doing<'confirm'>): Answer {
    const entry = find(operation)
    if ('status' in entry) return entry
    return entry.held_until === null ? toChanged(entry) : renew(entry, { held_until: null })
  }

  function extend(operation: Doing<'extend'>): Answer {
    const entry = find(operation)
    if ('status' in entry) return entry
    const held_until = endOf(operation.hold) ?? 0
    if (entry.held_until === null) return refusal(409, 'not_held')
    if (held_until > entry.created + holdMax_ms) return refusal(422, 'hold_too_long')
    return renew(entry, { held_until })
  }

  function decommission({ resource, cancel, now }: Doing<'decommission'>): Answer {
    if (decommissioned.has(resource)) return refusal(404, 'resource_not_found')
    const span = { from: now, to: Infinity }
    const all = inTheWay(resource, span)
    const open = all.filter((entry) => !isTombstone(entry))
    if (all.length > open.length || (open.length > 0 && !cancel)) {
      return { ...refusal(409, 'resource_in_use'), allocations: open.length }
    }
    for (const { booking } of open) on(resource).delete(booking)
    const booking = tombstoneOf(resource, now)
    place(resource, { booking, span })
    decommissioned.set(resource, on(resource).get(booking) as Entry)
    return { status: 204 }
  }

  function putBack({ resource, now }: Doing<'put back'>): Answer {
    const tombstone = decommissioned.get(resource)
    if (!tombstone) return refusal(409, 'resource_in_service')
    tombstone.span = { ...tombstone.span, to: Math.max(now, tombstone.span.from + 1) }
    decommissioned.delete(resource)
    queue.offer(resource, everything)
    return { status: 200 }
  }

  function moveByHand({ resource, booking, span }: Doing<'move by hand'>): Answer {
    const entry = on(resource).get(booking)
    if (!entry) return { status: 404 }
    const kept = keptBy(span, entry.kept)
    const isFree = inTheWay(resource, widen(span, kept), booking).length === 0
    if (!isFree || span.from >= span.to) return { status: 409 }
    const before = busyOf(entry)
    Object.assign(entry, { span, kept })
    freeUp(resource, before, entry)
    return { status: 200 }
  }

  function removeByHand({ does, resource, booking }: Doing<'remove by hand' | 'end by hand'>) {
    const entry = on(resource).get(booking)
    const isEnd = does === 'end by hand'
    if (!entry || (isEnd && entry.held_until === null)) return { status: 404 }
    if (isEnd) ended.set(resource, [...(ended.get(resource) ?? []), booking])
    on(resource).delete(booking)
    queue.offer(resource, busyOf(entry))
    return { status: 200 }
  }

  function apply(operation: Operation): Answer {
    const { resource } = operation
    switch (operation.does) {
      case 'book':
        return book(operation)
      case 'book bundle':
        return bookBundle(operation, world, once)
      case 'book any':
        return bookAny(operation, world)
      case 'change':
        return change(operation)
      case 'confirm':
        return confirm(operation)
      case 'extend':
        return extend(operation)
      case 'release':
        if (decommissioned.has(resource)) return refusal(404, 'resource_not_found')
        return release(operation)
      // Its path has no resource in it.
      case 'give back':
        return release(operation)
      case 'decommission':
        return decommission(operation)
      case 'put back':
        return putBack(operation)
      case 'insert by hand':
        return { status: place(resource, operation) ? 200 : 409 }
      case 'move by hand':
        return moveByHand(operation)
      case 'remove by hand':
      case 'end by hand':
        return removeByHand(operation)
      default:
        return queue.apply(operation)
    }
  }

  return {
    apply,
    addResource: (resource: string) => {
      resources.set(resource, new Map())
      queue.offer(resource, everything)
    },
    entries: queue.names,
    firstToLeave: queue.firstToLeave,
    isDecommissioned: (resource: string) => decommissioned.has(resource),
    /** Whether it was taken out of service later than now, by a clock that went back since. */
    wasRetiredAfter: (resource: string, now: number) =>
      [...on(resource).values()].some(
        (entry) => isTombstone(entry) && (entry.span.from > now || isWithin(now, entry.span.to)),
      ),
    bookingsOf: (resource: string): Booked[] =>
      [...on(resource).values()].filter((entry) => !isTombstone(entry)),
    /** Holds that have ended: gone for everybody, though their rows may still be there. */
    endedOf: (resource: string): string[] => ended.get(resource) ?? [],
    isHeld: (resource: string, booking: string) =>
      typeof on(resource).get(booking)?.held_until === 'number',
  }
}

function busyOf({ span, kept }: Entry): TimeSpan {
  return widen(span, kept)
}

function isWithin(now: number, end: number): boolean {
  return Number.isFinite(end) && end > now
}

interface Aimed {
  resource: string
  booking: string
  ifVersion?: number
}

function renew(entry: Entry, values: Partial<Entry>): Answer {
  Object.assign(entry, values, { version: entry.version + 1 })
  return toChanged(entry)
}

function toChanged({ booking, span, version, held_until }: Entry): Answer {
  return { status: 200, booking, span, version, held_until }
}

function conflict(entries: Entry[]): Answer {
  return {
    ...refusal(409, 'allocation_overlap'),
    conflicts: entries.slice(0, conflictsMax).map(toBooked),
  }
}
