import { conflict, type ProblemError } from '../../../shared/problem.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type { RefusingRule } from '../../../shared/schemas/policy.ts'
import { policyRefused } from '../rulebook.ts'
import type { Occurrence } from './expand.ts'
import type { OnConflict } from './reserve.ts'
import { toDay } from './wanted.ts'

/** A day that cannot be booked: what is taken, and the refusing rules. */
export interface RefusedDay {
  day: Occurrence
  refused: ItemRefusal[]
  rules: RefusingRule[]
}

/** @throws 422, or 403, if the rules refuse a day, or with `skip` if they refuse all */
export function requireAllowed(days: readonly RefusedDay[], on_conflict: OnConflict): void {
  const against = days.filter(({ rules }) => rules.length > 0)
  if (against.length === 0) return
  if (on_conflict === 'fail' || against.length === days.length) throw againstRules(against)
}

// Impossible even when free: off the slot grid, or too close to another day.
const unfit = new Set<string>(['not_on_slot_grid', 'items_overlap'])

/** @throws 409 for days that nobody can book, unless they may be skipped */
export function requireFit(days: readonly RefusedDay[], on_conflict: OnConflict): void {
  if (on_conflict !== 'fail') return
  const against = days.filter(({ refused }) => refused.some(({ code }) => unfit.has(code)))
  if (against.length > 0) throw notAvailable(against)
}

/** 409: nothing was booked, as these days are taken. */
export function notAvailable(days: readonly RefusedDay[]): ProblemError {
  const detail = `Nothing was booked: not available on ${sayDays(days)}.`
  return conflict('not_all_free', detail, { occurrences: toOccurrences(days) })
}

/** 422, or 403 if the caller may not book: nothing was booked. Each rule is named once. */
export function againstRules(days: readonly RefusedDay[]): ProblemError {
  const all = days.flatMap(({ rules }) => rules)
  const rules = [...Map.groupBy(all, (it) => `${it.rule} ${it.resource_type}`).values()].flatMap(
    ([first]) => first ?? [],
  )
  const details = [...new Set(rules.map((it) => it.detail))].join(' ')
  return policyRefused(rules, {
    detail: `Nothing was booked: refused on ${sayDays(days)}. ${details}`,
    occurrences: toOccurrences(days),
  })
}

function toOccurrences(days: readonly RefusedDay[]) {
  return days.map(({ day, refused, rules }) => ({ ...toDay(day), refused, rules }))
}

const named = 5

function sayDays(days: readonly RefusedDay[]): string {
  const shown = days.slice(0, named).map(({ day }) => day.date)
  const more = days.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
