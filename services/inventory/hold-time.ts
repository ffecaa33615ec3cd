import { invalid } from '../../shared/problem.ts'

/** A hold is for somebody who is deciding, not for next week. */
export const holdMax_ms = 24 * 60 * 60 * 1000

/**
 * When a hold ends. @param duration ISO 8601, hours and smaller; undefined: it is none
 * @throws 422 `hold_too_long`, or for one of no time
 */
export function readHold(duration: string, now_ms: number): number
export function readHold(duration: string | undefined, now_ms: number): number | null
export function readHold(duration: string | undefined, now_ms: number): number | null {
  if (duration === undefined) return null
  const [, hours, minutes, seconds] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration) ?? []
  const length_s = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  if (length_s === 0) throw refuse('Hold it for a second at least: PT15M is a quarter of an hour.')
  if (length_s * 1000 > holdMax_ms) throw holdTooLong()
  return now_ms + length_s * 1000
}

/** 422: a hold ends within a day of when it was made. */
export function holdTooLong() {
  return refuse('A hold ends within 24 hours of when it was made. Confirm it, or book.')
}

function refuse(detail: string) {
  return invalid([{ pointer: '#/hold_for', detail }], 'hold_too_long')
}
