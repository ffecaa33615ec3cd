import { ProblemError } from './problem.ts'

const day_ms = 24 * 60 * 60 * 1000

/** The day of a time in milliseconds since 1970: days since 1970, in UTC. */
export function toDay(time_ms: number): number {
  return Math.floor(time_ms / day_ms)
}

/**
 * The answer to who added as much today as anybody may: 429 with `Retry-After` (RFC 6585 section
 * 4).
 * @param what may be added, with its number: `10000 files`
 */
export function dailyLimitReached(what: string, now_ms: number): ProblemError {
  const retryAfter_s = Math.ceil(((toDay(now_ms) + 1) * day_ms - now_ms) / 1000)
  return new ProblemError({
    status: 429,
    code: 'daily_limit_reached',
    detail: `You may add ${what} a day. The next day begins at midnight UTC.`,
    headers: { 'retry-after': String(retryAfter_s) },
  })
}
