import { invalid } from '../../shared/problem.ts'
import { day_ms } from '../../shared/duration.ts'

/** A hold covers the time to decide, not next week. */
export const holdMax_ms = day_ms

/**
 * When a hold ends. @param duration ISO 8601, hours and smaller; undefined: not a hold
 * @throws 422 `hold_too_long`, or `invalid_input` for a duration of zero
 */
export function readHold(duration: string, now_ms: number): number
export function readHold(duration: string | undefined, now_ms: number): number | null
export function readHold(duration: string | undefined, now_ms: number): number | null {
  if (duration === undefined) return null
  const [, hours, minutes, seconds] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration) ?? []
  const length_s = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  if (length_s === 0) throw invalid([{ pointer, detail: tooShort }])
  if (length_s * 1000 > holdMax_ms) throw holdTooLong()
  return now_ms + length_s * 1000
}

/** 422: a hold ends within a day of its creation. */
export function holdTooLong() {
  const detail = 'A hold ends at most 24 hours after it was created. Confirm it, or book.'
  return invalid([{ pointer, detail }], 'hold_too_long')
}

const pointer = '#/hold_for'
const tooShort = 'Hold for at least one second, such as PT15M for a quarter of an hour.'
