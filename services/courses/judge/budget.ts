import { ProblemError } from '../../../shared/problem.ts'
import { minute_ms } from '../../../shared/duration.ts'

/**
 * The time each member may use in a minute. It is replenished continuously (the generic cell rate
 * algorithm, in milliseconds instead of cells).
 */
export function createBudget(budget_ms: number) {
  // By member: when the whole budget is available again, least recently used first.
  const wholeAgain = new Map<string, number>()
  const left_ms = (member: string, now: number) =>
    Math.max((wholeAgain.get(member) ?? now) - now, 0)

  return {
    spend: (member: string, used_ms: number): void => {
      const now = performance.now()
      const whole = now + left_ms(member, now) + used_ms * (minute_ms / budget_ms)
      wholeAgain.delete(member)
      wholeAgain.set(member, whole)
      for (const [other, at] of wholeAgain) {
        if (at > now) break
        wholeAgain.delete(other)
      }
    },
    /** Why the member has to wait; undefined: there is budget left. */
    refusal: (member: string): ProblemError | undefined => {
      const excess_ms = left_ms(member, performance.now()) - minute_ms
      return excess_ms < 0 ? undefined : budgetUsed(budget_ms, excess_ms)
    },
  }
}

function budgetUsed(budget_ms: number, excess_ms: number): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'judge_budget_used',
    detail:
      `Your submissions have used the ${budget_ms / 1000} s that the judge has for a member in a ` +
      'minute. Nothing was stored; submit again later.',
    headers: { 'retry-after': String(Math.floor(excess_ms / 1000) + 1) },
  })
}
