import { day_ms, hour_ms, minute_ms } from '../../../shared/duration.ts'

const first_ms = 5000
const most_ms = 15 * minute_ms
/** The longest wait, and the most a receiver may ask for. */
export const waitMax_ms = hour_ms

/**
 * Whether it must still wait. A time further ahead than any wait was written by a wrong clock, or
 * before ours was corrected.
 */
export function isLater(next_ms: number, now_ms: number): boolean {
  return next_ms > now_ms && next_ms <= now_ms + waitMax_ms
}

/** An event is retried for this long; then its webhook is disabled. */
export const tryFor_ms = day_ms

/**
 * How long to wait after a failed attempt, in milliseconds: doubling each time, at random between
 * half and all of it, so that attempts that failed together do not return together.
 * @param attempts so far, including this one
 * @param retryAfter_ms requested by the receiver; at most an hour
 * @param random at least 0, less than 1
 */
export function toWait(attempts: number, retryAfter_ms = 0, random = Math.random()): number {
  const most = Math.min(first_ms * 2 ** (attempts - 1), most_ms)
  return Math.max(Math.round(most * (0.5 + random / 2)), Math.min(retryAfter_ms, waitMax_ms))
}
