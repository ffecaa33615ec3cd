import { overlaps, type TimeSpan } from './span.ts'

/** A span to book, and the numbers of its candidate resources. */
export interface Demand {
  span: TimeSpan
  choices: readonly number[]
}

/** How far apart two bookings of a resource must be, by its number, in milliseconds. */
export type Apart = Map<number, number>

/**
 * How many candidates suffice for an item, whatever the others get: as many as are wanted in total
 * by items so close to it in time that they cannot share a resource.
 * @param least how far apart two bookings of a resource may have to be, in milliseconds
 */
export function countEnough(
  { from, to }: TimeSpan,
  all: readonly { span: TimeSpan; count: number }[],
  least: number,
): number {
  const near = { from: from - least, to: to + least }
  return all.reduce((sum, { span, count }) => (overlaps(span, near) ? sum + count : sum), 0)
}

/**
 * Matches each span with a resource where possible; an earlier match moves to another candidate to
 * make room (augmenting paths, Kuhn 1955).
 * @returns the resource number of each, undefined without a match
 */
export function assign(
  demands: readonly Demand[],
  apart: Apart = new Map(),
): (number | undefined)[] {
  const given = demands.map((): number | undefined => undefined)

  function holdersOf(resource: number, { span: { from, to } }: Demand): number[] {
    const least = apart.get(resource) ?? 0
    const span = { from: from - least, to: to + least }
    return [...given.keys()].filter((at) => {
      const other = demands[at]
      return given[at] === resource && other !== undefined && overlaps(other.span, span)
    })
  }

  function place(at: number, tried: Set<number>): boolean {
    const demand = demands[at] as Demand
    for (const resource of demand.choices) {
      if (tried.has(resource)) continue
      tried.add(resource)
      const [holder, ...others] = holdersOf(resource, demand)
      if (others.length > 0 || (holder !== undefined && !place(holder, tried))) continue
      given[at] = resource
      return true
    }
    return false
  }

  for (const [at, demand] of demands.entries()) {
    if (place(at, new Set())) continue
    // What was not free at another item's time may be free at this one's.
    given[at] = demand.choices.find((resource) => holdersOf(resource, demand).length === 0)
  }
  return given
}
