import { listAllowances, type Allowance } from './allowance.ts'
import type { Effective, Span } from './rules.ts'

/** A resource that somebody has, and the rules it was booked by. */
export interface Drawing {
  effective: Effective
  span: Span
}

/**
 * How many allowances of one person are overdrawn. One that was changed meanwhile is what it was
 * at its most: what was booked by one version may be more than the next one allows.
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
  return [...found.values()].filter((allowance) => toDrawn(allowance, all) > allowance.max).length
}

function toDrawn({ scope, unit, window }: Allowance, all: readonly Drawing[]): number {
  const spans = all
    .filter(({ effective }) => effective.quotaScope === scope)
    .map(({ span }) => span)
  if (unit === 'moment') {
    const atOnce = (time: number) => spans.filter((it) => it.from <= time && time < it.to).length
    return Math.max(0, ...spans.map(({ from }) => atOnce(from)))
  }
  const inside = spans.filter(({ from, to }) => from < window.to && to > window.from)
  if (unit === 'count') return inside.filter(({ from }) => from >= window.from).length
  return inside.reduce(
    (sum, { from, to }) => sum + Math.min(to, window.to) - Math.max(from, window.from),
    0,
  )
}
