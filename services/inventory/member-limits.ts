import { isAdministrator, type Caller } from '../../shared/access.ts'
import { invalid, ProblemError } from '../../shared/problem.ts'
import type { TimeSpan } from './span.ts'
import { day_ms } from '../../shared/duration.ts'

// A leap year.
const spanMax_days = 366

/** @throws 422 `span_too_long` when a member books for longer than a year */
export function requireMemberSpan(caller: Caller, { from, to }: TimeSpan): void {
  if (isAdministrator(caller) || to - from <= spanMax_days * day_ms) return
  const detail =
    `A member books at most ${spanMax_days} days, with a start and an end. ` +
    'Give a shorter span, or ask an administrator.'
  throw invalid([{ pointer: '#/to_datetime', detail }], 'span_too_long')
}

/** @throws 403 when a member would book for another user */
export function requireMayBookFor(caller: Caller, bookedFor: string | undefined): void {
  if (bookedFor === undefined || bookedFor === caller.id || isAdministrator(caller)) return
  throw new ProblemError({
    status: 403,
    code: 'forbidden',
    detail: 'Members book only for themselves: omit booked_for, or ask an administrator.',
  })
}
