const first_ms = 5000
const most_ms = 15 * 60_000
/** Nothing waits for longer: who is asked to may be believed that much. */
export const waitMax_ms = 60 * 60_000

/**
 * Whether it is to wait still. What is further ahead than anything waits was written by a clock
 * that is wrong, or before ours was set right.
 */
export function isLater(next_ms: number, now_ms: number): boolean {
  return next_ms > now_ms && next_ms <= now_ms + waitMax_ms
}

/** For so long an event is tried again; then its webhook is disabled. */
export const tryFor_ms = 24 * 60 * 60_000

/**
 * How long to wait after a try that failed, in milliseconds: twice as long each time, between half
 * of that and all of it, so that what failed together does not come back together.
 * @param attempts how many there were, this one included
 * @param retryAfter_ms what the receiver asked for; believed up to an hour
 * @param random at least 0, less than 1
 */
export function toWait(attempts: number, retryAfter_ms = 0, random = Math.random()): number {
  const most = Math.min(first_ms * 2 ** (attempts - 1), most_ms)
  return Math.max(Math.round(most * (0.5 + random / 2)), Math.min(retryAfter_ms, waitMax_ms))
}
