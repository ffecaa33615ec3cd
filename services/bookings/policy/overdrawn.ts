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
  const drawn = Map.groupBy(all, ({ effective }) => effective.quotaScope)
  return [...found.values()].filter((allowance) => {
    const spans = drawn.get(allowance.scope)?.map(({ span }) => span) ?? []
    const window = allowance.unit === 'moment' ? always : allowance.window
    return toDrawn({ ...allowance, window }, spans) > allowance.max
  }).length
}

const always = { from: -Infinity, to: Infinity }

/** How much of an allowance is drawn by what somebody has of its scope. */
export function toDrawn({ unit, window }: Allowance, spans: readonly Span[]): number {
  const inside = spans.filter(({ from, to }) => from < window.to && to > window.from)
  if (unit === 'count') return inside.filter(({ from }) => from >= window.from).length
  if (unit === 'moment') {
    const atOnce = (time: number) => inside.filter((it) => it.from <= time && time < it.to).length
    // The most at once there are where one of them begins.
    return Math.max(0, ...inside.map(({ from }) => atOnce(Math.max(from, window.from))))
  }
  return inside.reduce(
    (sum, { from, to }) => sum + Math.min(to, window.to) - Math.max(from, window.from),
    0,
  )
}
