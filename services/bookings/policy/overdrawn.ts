import { listAllowances, type Allowance } from './allowance.ts'
import type { Effective, Span } from './rules.ts'

/** A booked resource, and the rules it was booked under. */
export interface Drawing {
  effective: Effective
  span: Span
}

/**
 * How many allowances of one person are overdrawn. An allowance that changed is taken at its
 * highest value, as a later version may allow less than was booked before.
 */
export function countOverdrawn(all: readonly Drawing[]): number {
  const found = new Map<string, Allowance>()
  for (const { effective, span } of all) {
    for (const allowance of listAllowances(effective, span)) {
      const { scope, unit, window } = allowance
      const key = JSON.stringify([scope, unit, unit === 'moment' ? 0 : window])
      const known = found.get(key)
      if (!known || known.max < allowance.max) found.set(key, allowance)
    }
  }
  const byScope = new Map(
    [...Map.groupBy(all, ({ effective }) => effective.quotaScope)].map(([scope, same]) => [
      scope,
      toTaken(same.map(({ span }) => span)),
    ]),
  )
  return [...found.values()].filter((allowance) => {
    const taken = byScope.get(allowance.scope)
    const window = allowance.unit === 'moment' ? always : allowance.window
    return taken !== undefined && draw({ ...allowance, window }, taken) > allowance.max
  }).length
}

const always = { from: -Infinity, to: Infinity }

/** How much of an allowance is used by bookings in its scope. */
export function toDrawn(allowance: Allowance, spans: readonly Span[]): number {
  return draw(allowance, toTaken(spans))
}

/** Spans by start, with the longest length: no earlier span can reach further. */
interface Taken {
  spans: Span[]
  longest: number
}

function toTaken(spans: readonly Span[]): Taken {
  const longest = spans.reduce((most, { from, to }) => Math.max(most, to - from), 0)
  return { spans: spans.toSorted((a, b) => a.from - b.from), longest }
}

function draw({ unit, window }: Allowance, taken: Taken): number {
  const inside = within(taken, window)
  if (unit === 'count') return inside.filter(({ from }) => from >= window.from).length
  const parts = inside.map(({ from, to }) => {
    return { from: Math.max(from, window.from), to: Math.min(to, window.to) }
  })
  if (unit === 'moment') return countAtOnce(parts)
  return parts.reduce((sum, { from, to }) => sum + to - from, 0)
}

function within({ spans, longest }: Taken, window: Span): Span[] {
  const first = findFirst(spans, window.from - longest)
  return spans.slice(first, findFirst(spans, window.to)).filter(({ to }) => to > window.from)
}

/** The index of the first span that begins at or after a time. */
function findFirst(spans: readonly Span[], time: number): number {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle]?.from ?? time) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The most at one moment. @param spans by start */
function countAtOnce(spans: readonly Span[]): number {
  const ends = spans.map(({ to }) => to).toSorted((a, b) => a - b)
  let [over, most] = [0, 0]
  for (const [at, { from }] of spans.entries()) {
    while ((ends[over] ?? Infinity) <= from) over++
    most = Math.max(most, at + 1 - over)
  }
  return most
}
