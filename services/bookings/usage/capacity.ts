import type { Resource } from '../../../shared/schemas/resource.ts'
import { listOpen } from '../policy/opening.ts'
import type { Rules, Span } from '../policy/rules.ts'

/**
 * How long a resource was available within a window, in milliseconds: its opening time by today's
 * rules, from when it was added until it was taken out of service.
 */
export function createCapacity(window: Span) {
  // Most resources share their opening hours.
  const known = new Map<string, number>()

  return (rules: Rules, { created, retired }: Pick<Resource, 'created' | 'retired'>): number => {
    const { opening_hours, closed, time_zone } = rules
    const from = Math.max(window.from, Date.parse(created))
    const to = Math.min(window.to, retired === null ? Infinity : Date.parse(retired))
    if (from >= to) return 0
    const key = JSON.stringify([opening_hours, closed, time_zone, from, to])
    const length = known.get(key) ?? sumOpen(rules, { from, to })
    known.set(key, length)
    return length
  }
}

function sumOpen(rules: Rules, window: Span): number {
  let total = 0
  for (const { from, to } of listOpen(rules, window)) {
    total += Math.max(0, Math.min(to, window.to) - Math.max(from, window.from))
  }
  return total
}
