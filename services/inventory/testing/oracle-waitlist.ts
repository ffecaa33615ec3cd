import type { TimeSpan } from '../span.ts'
import {
  buffersOf,
  refusal,
  type Answer,
  type Buffers,
  type Operation,
  type WantedBooking,
} from './operation.ts'
import type { World } from './oracle-bundle.ts'

type Waiting = Extract<Operation, { does: 'wait' }>

const entriesRemembered = 30
// A user may have fifty.
const waitingMax = 40
export const everything: TimeSpan = { from: -Infinity, to: Infinity }

/** Who waits, in the order in which they came. */
export function createQueue({ taken, place, isDecommissioned }: World) {
  const waiting = new Map<string, Waiting>()
  const served = new Map<string, WantedBooking>()

  function gapsOf(resource: string, window: TimeSpan): TimeSpan[] {
    const inside = taken(resource).filter(({ from, to }) => from < window.to && to > window.from)
    const edges = [window.from, ...inside.map(({ to }) => to)]
    return edges.map((from, at) => ({ from, to: inside[at]?.from ?? window.to }))
  }

  /** Offers the free span around what was freed to all who wait, the first one first. */
  function offer(resource: string, freed: TimeSpan): void {
    if (isDecommissioned(resource)) return
    const others = taken(resource)
    const window = {
      from: others.findLast(({ from }) => from < freed.from)?.to ?? -Infinity,
      to: others.find(({ from }) => from >= freed.to)?.from ?? Infinity,
    }
    for (const entry of waiting.values()) {
      if (!mayHave(entry, resource)) continue
      const from = startIn(gapsOf(resource, window), entry, buffersOf(resource))
      if (from === undefined) continue
      const made = { booking: entry.booking, span: { from, to: from + entry.length } }
      place(resource, made)
      waiting.delete(entry.booking)
      served.set(entry.booking, { ...made, resource })
    }
  }

  function wait(entry: Waiting): Answer {
    const { booking, resource, pool, earliest, latest, length, now } = entry
    if (length <= 0 || earliest + length > latest) return refusal(422, 'empty_span')
    if (latest - length <= now) return refusal(422, 'too_late')
    if (!pool && isDecommissioned(resource)) return refusal(404, 'resource_not_found')
    waiting.set(booking, entry)
    for (const one of pool?.resources ?? [resource]) {
      if (isDecommissioned(one)) continue
      for (const gap of gapsOf(one, everything)) {
        if (waiting.has(booking) && startIn([gap], entry, buffersOf(one)) !== undefined)
          offer(one, gap)
      }
    }
    return { ...look(booking), status: 201 }
  }

  function look(booking: string): Answer {
    const made = served.get(booking)
    if (!made && !waiting.has(booking)) return refusal(404, 'waitlist_entry_not_found')
    return { status: 200, waits: !made, made: made ? [{ ...made, held_until: null }] : [] }
  }

  function leave(booking: string): Answer {
    if (served.has(booking)) return refusal(409, 'already_served')
    return waiting.delete(booking) ? { status: 204 } : refusal(404, 'waitlist_entry_not_found')
  }

  function apply(operation: Extract<Operation, { does: 'wait' | 'look' | 'leave' }>): Answer {
    if (operation.does === 'wait') return wait(operation)
    return operation.does === 'look' ? look(operation.booking) : leave(operation.booking)
  }

  /** The latest entries, by what their bookings are called. */
  function names(): string[] {
    return [...waiting.keys(), ...served.keys()].slice(-entriesRemembered)
  }

  /** Who is to leave before another may come; undefined while there is room. */
  function firstToLeave(): string | undefined {
    return waiting.size < waitingMax ? undefined : waiting.keys().next().value
  }

  return { apply, offer, names, firstToLeave }
}

function mayHave({ resource, pool }: Waiting, one: string): boolean {
  return pool ? pool.resources.includes(one) : resource === one
}

function startIn(
  gaps: TimeSpan[],
  { earliest, latest, length }: Waiting,
  { before, after }: Buffers,
): number | undefined {
  const starts = gaps.map(({ from, to }) => ({
    from: Math.max(from + before, earliest),
    to: to - after,
  }))
  return starts.find(({ from, to }) => from + length <= Math.min(to, latest))?.from
}
