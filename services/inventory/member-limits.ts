import { isAdministrator, type Caller } from '../../shared/access.ts'
import { invalid, ProblemError } from '../../shared/problem.ts'
import type { TimeSpan } from './span.ts'

const day_ms = 24 * 60 * 60 * 1000
// A year, and a leap one.
const spanMax_days = 366

/** @throws 422 `span_too_long` when a member would have something for longer than a year */
export function requireMemberSpan(caller: Caller, { from, to }: TimeSpan): void {
  if (isAdministrator(caller) || to - from <= spanMax_days * day_ms) return
  const detail =
    `A member books at most ${spanMax_days} days, with a start and an end. ` +
    'Give a shorter span, or ask an administrator.'
  throw invalid([{ pointer: '#/to_datetime', detail }], 'span_too_long')
}

/** How many rows a member may write in a day (UTC): bookings and changes of them together. */
export interface Allowance {
  /** Whether nothing is left; administrators have no limit. */
  isSpent: (caller: Caller) => boolean
  /** 429 `daily_limit_reached`. */
  refusal: () => ProblemError
  /** Counts a row that was written. */
  spend: (caller: Caller) => void
}

/** Counts in this process. @param perDay 0: no limit */
export function createAllowance(perDay: number, clock: () => number): Allowance {
  let today = 0
  const spent = new Map<string, number>()

  function spentBy({ id }: Caller): number {
    const day = Math.floor(clock() / day_ms)
    if (day !== today) spent.clear()
    today = day
    return spent.get(id) ?? 0
  }

  return {
    isSpent: (caller) => perDay > 0 && !isAdministrator(caller) && spentBy(caller) >= perDay,
    refusal: () => limitReached(perDay, (today + 1) * day_ms - clock()),
    spend: (caller) => {
      if (!isAdministrator(caller)) spent.set(caller.id, spentBy(caller) + 1)
    },
  }
}

function limitReached(perDay: number, left_ms: number): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'daily_limit_reached',
    detail: `You made ${perDay} bookings and changes today. Go on tomorrow (UTC).`,
    headers: { 'retry-after': String(Math.ceil(left_ms / 1000)) },
  })
}
