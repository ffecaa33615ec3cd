import type { TimeSpan } from '../span.ts'
import { tombstoneOf, type Answer, type Booked, type Operation } from './operation.ts'

type Doing<Does extends Operation['does']> = Extract<Operation, { does: Does }>

interface Entry extends Booked {
  version: number
}

/** The whole rule. */
export function overlaps(a: TimeSpan, b: TimeSpan): boolean {
  return a.from < b.to && b.from < a.to
}

// A refusal names so many of the bookings in the way.
const conflictsMax = 10

/**
 * The inventory as it should be, in memory, one operation after the other. Slow, short, and made
 * without a look at the real one.
 */
export function createOracle() {
  const resources = new Map<string, Map<string, Entry>>()
  const decommissioned = new Set<string>()
  const keys = new Map<string, Booked>()

  const on = (resource: string) => resources.get(resource) ?? new Map<string, Entry>()
  const inTheWay = (resource: string, span: TimeSpan, except?: string) =>
    [...on(resource).values()]
      .filter((entry) => entry.booking !== except && overlaps(entry.span, span))
      .toSorted((a, b) => a.span.from - b.span.from)

  function place(resource: string, booking: string, span: TimeSpan): boolean {
    if (span.from >= span.to || inTheWay(resource, span).length > 0) return false
    on(resource).set(booking, { booking, span, version: 1 })
    return true
  }

  function book({ resource, booking, span, key }: Doing<'book'>): Answer {
    if (span.from >= span.to) return refusal(422, 'empty_span')
    const first = key === undefined ? undefined : keys.get(key)
    if (first) {
      const same = first.booking === booking
      return same ? toCreated(first, true) : refusal(422, 'idempotency_key_reused')
    }
    if (decommissioned.has(resource)) return refusal(404, 'resource_not_found')
    if (!place(resource, booking, span)) return conflict(inTheWay(resource, span))
    if (key !== undefined) keys.set(key, { booking, span })
    return toCreated({ booking, span }, false)
  }

  function find({ resource, booking, ifVersion }: Doing<'change' | 'release'>): Entry | Answer {
    if (decommissioned.has(resource)) return refusal(404, 'resource_not_found')
    const entry = on(resource).get(booking)
    if (!entry) return refusal(404, 'allocation_not_found')
    if (ifVersion === undefined || ifVersion === entry.version) return entry
    return refusal(412, 'precondition_failed')
  }

  function change(operation: Doing<'change'>): Answer {
    const entry = find(operation)
    if ('status' in entry) return entry
    const span = { ...entry.span, ...operation.span }
    if (span.from >= span.to) return refusal(422, 'empty_span')
    const others = inTheWay(operation.resource, span, entry.booking)
    if (others.length > 0) return conflict(others)
    Object.assign(entry, { span, version: entry.version + 1 })
    return { status: 200, booking: entry.booking, span, version: entry.version }
  }

  function release(operation: Doing<'release'>): Answer {
    const entry = find(operation)
    if ('status' in entry) return entry
    on(operation.resource).delete(entry.booking)
    return { status: 204 }
  }

  function decommission({ resource, cancel, now }: Doing<'decommission'>): Answer {
    if (decommissioned.has(resource)) return refusal(404, 'resource_not_found')
    const span = { from: now, to: Infinity }
    const open = inTheWay(resource, span)
    if (open.length > 0 && !cancel) {
      return { ...refusal(409, 'resource_in_use'), allocations: open.length }
    }
    for (const { booking } of open) on(resource).delete(booking)
    place(resource, tombstoneOf(resource), span)
    decommissioned.add(resource)
    return { status: 204 }
  }

  function moveByHand({ resource, booking, span }: Doing<'move by hand'>): Answer {
    const entry = on(resource).get(booking)
    if (!entry) return { status: 404 }
    const isFree = span.from < span.to && inTheWay(resource, span, booking).length === 0
    if (!isFree) return { status: 409 }
    entry.span = span
    return { status: 200 }
  }

  function apply(operation: Operation): Answer {
    const { resource } = operation
    switch (operation.does) {
      case 'book':
        return book(operation)
      case 'change':
        return change(operation)
      case 'release':
        return release(operation)
      case 'decommission':
        return decommission(operation)
      case 'insert by hand':
        return { status: place(resource, operation.booking, operation.span) ? 200 : 409 }
      case 'move by hand':
        return moveByHand(operation)
      case 'remove by hand':
        return { status: on(resource).delete(operation.booking) ? 200 : 404 }
    }
  }

  return {
    apply,
    addResource: (resource: string) => void resources.set(resource, new Map()),
    isDecommissioned: (resource: string) => decommissioned.has(resource),
    bookingsOf: (resource: string): Booked[] =>
      [...on(resource).values()].filter(({ booking }) => booking !== tombstoneOf(resource)),
  }
}

export type Oracle = ReturnType<typeof createOracle>

function refusal(status: number, code: string): Answer {
  return { status, code }
}

function conflict(entries: Entry[]): Answer {
  const conflicts = entries.slice(0, conflictsMax).map(({ booking, span }) => ({ booking, span }))
  return { ...refusal(409, 'allocation_overlap'), conflicts }
}

function toCreated({ booking, span }: Booked, replayed: boolean): Answer {
  return { status: 201, booking, span, replayed }
}
