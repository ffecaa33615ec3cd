import { rights, type Right } from '../../../shared/schemas/policy.ts'
import type { Rules, Span } from './rules.ts'
import { refuseTime, type AskedTime, type Refusal } from './time-rules.ts'
import { earlier, later } from './wall-clock.ts'
import { sayDuration, sayTime } from './words.ts'
import { minute_ms } from '../../../shared/duration.ts'

/** The person asking, as far as rules are concerned. */
export interface Asker {
  isAdministrator: boolean
  groups: readonly string[]
}

export interface Question extends AskedTime {
  asker: Asker
  /** Whether the booking is for somebody else. */
  isForAnother: boolean
}

export interface Verdict {
  /** Every refusing rule. Empty: allowed, or may be requested. */
  refusals: Refusal[]
  needsApproval: boolean
}

const decideWithin = 'P2D'
// A request for now still leaves time to decide.
const decideAtLeast_ms = 10 * minute_ms

/**
 * Judges a booking of one resource by its rules. It uses no clock and no store, so every path gets
 * the same verdict for the same question.
 */
export function judge(rules: Rules, question: Question): Verdict {
  const right = rightOf(rules, question.asker)
  const refusals = [...refuseRight(right, question.isForAnother), ...refuseTime(rules, question)]
  return { refusals, needsApproval: needsApproval(rules, right, question) }
}

/** The asker's right; undefined if none. */
export function rightOf({ rights: grants }: Rules, asker: Asker): Right | undefined {
  if (asker.isAdministrator) return 'manage'
  if (!grants) return 'book'
  const own = grants.filter(({ group }) => group === null || asker.groups.includes(group))
  return rights.findLast((right) => own.some(({ may }) => may === right))
}

/** Why the person it is for can no longer cancel or shorten it. */
export function refuseCancel(rules: Rules, { from }: Span, now: number): Refusal[] {
  const { cancel_until: notice, time_zone } = rules
  if (notice === undefined) return []
  const last = earlier(from, notice, time_zone)
  if (now <= last) return []
  const detail =
    `It could be cancelled, shortened or moved until ${sayTime(last, time_zone)}, ` +
    `${sayDuration(notice)} before it begins. Ask its manager.`
  return [{ rule: 'cancel_until', detail, length: notice }]
}

/** When an undecided request expires: the earliest of what its rules say. */
export function toDeadline(all: readonly Rules[], { from }: Span, now: number): number {
  const ends = all.map(({ approval, time_zone }) =>
    later(now, approval?.decide_within ?? decideWithin, time_zone),
  )
  return Math.min(...ends, Math.max(from, now + decideAtLeast_ms))
}

/**
 * When it lapses unless checked out: the earliest of what its rules say, counted from when check-in
 * is possible, and at the latest its end. Null: never.
 */
export function toCheckIn(all: readonly Rules[], { from, to }: Span, now: number): number | null {
  const ends = all.flatMap(({ check_in, time_zone }) =>
    check_in ? [later(Math.max(from, now), check_in.within, time_zone)] : [],
  )
  return ends.length === 0 ? null : Math.min(...ends, to)
}

function refuseRight(right: Right | undefined, isForAnother: boolean): Refusal[] {
  if (right === undefined || right === 'see') {
    return [{ rule: 'rights', detail: 'You may not book it. Ask its manager.' }]
  }
  if (!isForAnother || right === 'manage') return []
  return [{ rule: 'rights', detail: 'Only its managers may book it for others.' }]
}

function needsApproval(
  { approval, time_zone }: Rules,
  right: Right | undefined,
  { span, asker }: Question,
): boolean {
  if (right === 'manage') return false
  if (right === 'request') return true
  if (!approval || approval.when === 'never') return false
  if (approval.groups && !approval.groups.some((group) => asker.groups.includes(group)))
    return false
  if (approval.when === 'always') return true
  return later(span.from, approval.duration ?? 'PT0M', time_zone) < span.to
}
