import { conflict, type ProblemError } from '../../../shared/problem.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type { RefusingRule } from '../../../shared/schemas/policy.ts'
import { policyRefused } from '../rulebook.ts'
import type { Occurrence } from './expand.ts'
import type { OnConflict } from './reserve.ts'
import { toDay } from './wanted.ts'

/** A day that cannot be booked: what is taken, and the rules that refuse. */
export interface RefusedDay {
  day: Occurrence
  refused: ItemRefusal[]
  rules: RefusingRule[]
}

/** @throws 422, or 403, when the rules refuse a day, or all of them if days may be left out */
export function requireAllowed(days: readonly RefusedDay[], on_conflict: OnConflict): void {
  const against = days.filter(({ rules }) => rules.length > 0)
  if (against.length === 0) return
  if (on_conflict === 'fail' || against.length === days.length) throw againstRules(against)
}

// Whatever is free: off the grid of the type, or too close to another day.
const unfit = new Set<string>(['not_on_slot_grid', 'items_overlap'])

/** @throws 409 when days that can be booked by nobody are not to be left out */
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

/** 422, or 403 when they are not for the caller: nothing was booked. Each rule is named once. */
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
