import { overlaps, type TimeSpan } from './span.ts'

/** Something that is wanted for a while, and the numbers of the resources that would do. */
export interface Demand {
  span: TimeSpan
  choices: readonly number[]
}

/**
 * Gives each a resource of its own at its time, as far as that goes: who came first moves over when
 * there is another one for him (augmenting paths, Kuhn 1955).
 * @returns the number of each, undefined for those that get none
 */
export function assign(demands: readonly Demand[]): (number | undefined)[] {
  const given = demands.map((): number | undefined => undefined)

  function holdersOf(resource: number, { span }: Demand): number[] {
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
    // What another tried in vain for his time may be free at this one's.
    given[at] = demand.choices.find((resource) => holdersOf(resource, demand).length === 0)
  }
  return given
}
