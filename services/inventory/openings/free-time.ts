import type { TimeSpan } from '../span.ts'
import { withoutBuffers, type Buffers } from '../buffers.ts'
import { createGapList, type Gap, type GapList } from './gap-list.ts'

/** A resource in service. */
export interface OpenResource {
  number: number
  id: string
  name: string
  resource_type: string
  visible_to: string | null
  /** What a new booking of it keeps free. */
  buffers: Buffers
}

interface Calendar {
  resource: OpenResource
  /** Where nothing is booked: in order; none touches the next. */
  gaps: TimeSpan[]
}

/**
 * The free time of all resources in service, by resource and, in order, by type. Queries return the
 * time in which a booking fits with its buffers.
 */
export function createFreeTime() {
  const calendars = new Map<number, Calendar>()
  const lists = new Map<string, GapList>()

  function listOf(type: string): GapList {
    const list = lists.get(type) ?? createGapList()
    lists.set(type, list)
    return list
  }

  /** Replaces what is known of a resource. @param gaps in order, none touching the next */
  function put(resource: OpenResource, gaps: TimeSpan[]): void {
    const before = calendars.get(resource.number)
    if (before && !isAlike(before.resource, resource)) remove(resource.number)
    const calendar = calendars.get(resource.number) ?? { resource, gaps: [] }
    calendar.resource = resource
    calendars.set(resource.number, calendar)
    // Mostly one of them differs.
    const old = calendar.gaps
    const start = countEqual(old, gaps, (at) => at)
    const same = countEqual(old, gaps, (at, { length }) => length - 1 - at)
    const list = listOf(resource.resource_type)
    for (const gap of toBookable(old.slice(start, old.length - same), resource)) list.remove(gap)
    calendar.gaps = gaps
    for (const gap of toBookable(gaps.slice(start, gaps.length - same), resource)) {
      list.insert(gap)
    }
  }

  function remove(number: number): void {
    const calendar = calendars.get(number)
    if (!calendar) return
    const list = listOf(calendar.resource.resource_type)
    for (const gap of toBookable(calendar.gaps, calendar.resource)) list.remove(gap)
    calendars.delete(number)
  }

  /** Marks a span as booked; idempotent. */
  function take(number: number, { from, to }: TimeSpan): void {
    const calendar = calendars.get(number)
    if (!calendar) return
    const { start, end, touched } = findBetween(
      calendar.gaps,
      (gap) => gap.to > from,
      (gap) => gap.from >= to,
    )
    const rest = touched.flatMap((gap) => [
      { from: gap.from, to: Math.min(gap.to, from) },
      { from: Math.max(gap.from, to), to: gap.to },
    ])
    const left = rest.filter((gap) => gap.from < gap.to)
    put(calendar.resource, calendar.gaps.toSpliced(start, end - start, ...left))
  }

  /** Marks a span as free, merging it with the free time around it. */
  function give(number: number, { from, to }: TimeSpan): void {
    const calendar = calendars.get(number)
    if (!calendar) return
    const { start, end, touched } = findBetween(
      calendar.gaps,
      (gap) => gap.to >= from,
      (gap) => gap.from > to,
    )
    const whole = { from: touched[0]?.from ?? from, to: touched.at(-1)?.to ?? to }
    const joined = { from: Math.min(from, whole.from), to: Math.max(to, whole.to) }
    put(calendar.resource, calendar.gaps.toSpliced(start, end - start, joined))
  }

  /** The gaps of a resource that end after a moment, in order. */
  function* gapsFrom(number: number, moment: number): Generator<Gap> {
    const calendar = calendars.get(number)
    if (!calendar) return
    const { gaps, resource } = calendar
    let at = findFirst(gaps.length, (index) => (gaps[index] as TimeSpan).to > moment)
    for (; at < gaps.length; at++) {
      for (const gap of toBookable([gaps[at] as TimeSpan], resource)) {
        if (gap.to > moment) yield gap
      }
    }
  }

  return {
    put,
    remove,
    take,
    give,
    gapsFrom,
    /** The gaps of all resources of a type, in order. */
    ofType: listOf,
    /** Undefined when it is not in service. */
    find: (number: number): OpenResource | undefined => calendars.get(number)?.resource,
  }
}

export type FreeTime = ReturnType<typeof createFreeTime>

function isAlike(one: OpenResource, other: OpenResource): boolean {
  return (
    one.resource_type === other.resource_type &&
    one.buffers.buffer_before_seconds === other.buffers.buffer_before_seconds &&
    one.buffers.buffer_after_seconds === other.buffers.buffer_after_seconds
  )
}

function toBookable(gaps: TimeSpan[], { number, buffers }: OpenResource): Gap[] {
  return gaps
    .map((gap) => ({ ...withoutBuffers(gap, buffers), resource: number }))
    .filter(({ from, to }) => from < to)
}

type At = (count: number, gaps: TimeSpan[]) => number

function countEqual(some: TimeSpan[], others: TimeSpan[], at: At): number {
  let count = 0
  while (count < some.length && count < others.length) {
    const [a, b] = [some[at(count, some)], others[at(count, others)]]
    if (a?.from !== b?.from || a?.to !== b?.to) break
    count++
  }
  return count
}

/** From the first gap for which one condition holds, to the first for which the other does. */
function findBetween(
  gaps: TimeSpan[],
  begins: (gap: TimeSpan) => boolean,
  ends: (gap: TimeSpan) => boolean,
) {
  const start = findFirst(gaps.length, (at) => begins(gaps[at] as TimeSpan))
  const end = findFirst(gaps.length, (at) => ends(gaps[at] as TimeSpan))
  return { start, end, touched: gaps.slice(start, end) }
}

/** The first index from which on a condition holds, by halves; `length` when it never does. */
function findFirst(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
