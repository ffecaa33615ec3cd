import type { TimeSpan } from '../span.ts'
import type { Wanted } from './entry-values.ts'
import { minute_ms } from '../../../shared/duration.ts'
import { toSlotEnd } from '../../../shared/slot-grid.ts'

/** The grid of a type; null where any span can be booked. */
export interface Grid {
  slot_seconds: number | null
  slot_origin: number | null
}

/** A free span of a resource, in milliseconds since 1970. */
export interface Gap extends TimeSpan {
  resource: number
  /** When it was read, by the clock of the database. */
  now: number
}

/**
 * The start that the database would give an entry in a free span: the earliest moment on the grid,
 * from the next whole minute on.
 * @returns undefined when it does not fit
 */
export function firstFit(
  { from: freeFrom, to: freeTo, now }: Gap,
  { earliest, latest_start, latest }: Wanted,
  { slot_seconds, slot_origin }: Grid,
): number | undefined {
  const length = latest - latest_start
  const nextMinute = (Math.floor(now / minute_ms) + 1) * minute_ms
  const edge = Math.max(earliest, freeFrom, nextMinute)
  const slot = (slot_seconds ?? 0) * 1000
  const grid = slot > 0 ? { length_ms: slot, origin_ms: slot_origin ?? 0 } : undefined
  const from = toSlotEnd(edge, grid)
  const isWhole = slot === 0 || length % slot === 0
  return isWhole && from + length <= Math.min(latest, freeTo) ? from : undefined
}
