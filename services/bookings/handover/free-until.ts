import { readInstant } from '../../../shared/instant.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import { judge, rightOf, type Asker } from '../policy/judge.ts'
import { listOpen } from '../policy/opening.ts'
import type { Rules } from '../policy/rules.ts'
import { later } from '../policy/wall-clock.ts'
import { day_ms } from '../../../shared/duration.ts'

/** Milliseconds since 1970; null: not within a day, or unknown. */
export type Until = number | null

interface Free {
  isFree: boolean
  until: Until
}

/**
 * Whether it is free now and until when, from the first booking that blocks a whole day, including
 * the buffers of both.
 */
export function readFree(refusal: ItemRefusal | undefined, now: number): Free {
  const [first] = refusal?.conflicts ?? []
  if (!refusal || !first) return { isFree: refusal === undefined, until: null }
  const before = now - read(refusal.busy_from, now)
  const after = read(refusal.busy_to, now + day_ms) - (now + day_ms)
  const begins = read(first.busy_from ?? first.from_datetime, -Infinity) - after
  if (begins > now) return { isFree: true, until: begins }
  const ends = read(first.busy_to ?? first.to_datetime, Infinity) + before
  return { isFree: false, until: Number.isFinite(ends) ? ends : null }
}

/** Limits how long it may be used: by closing time and by the longest allowed booking. */
export function limitFree(rules: Rules, { now, until }: { now: number; until: Until }): Until {
  const { maximum_duration: longest, opening_applies, time_zone } = rules
  const open = [...listOpen(rules, { from: now, to: now + day_ms })].find((it) => now < it.to)
  const closes = open && open.from <= now && opening_applies !== 'ends' ? open.to : Infinity
  const ends = longest === undefined ? Infinity : later(now, longest, time_zone)
  const limit = Math.min(until ?? Infinity, closes, ends)
  return limit <= now + day_ms ? limit : null
}

/** What a person in front of the resource can do with the free time. */
export function offerFree(
  rules: Rules,
  { asker, now, until }: { asker: Asker; now: number; until: Until },
): ('take' | 'book')[] {
  const right = rightOf(rules, asker)
  if (right === undefined || right === 'see') return []
  const { minimum_duration: shortest, time_zone } = rules
  const to = until ?? later(now, shortest ?? 'PT1H', time_zone)
  // It has begun by the time it is booked.
  const asked = { span: { from: now, to }, now: now + 1, asker, isForAnother: false }
  const { refusals, needsApproval } = judge(rules, asked)
  return refusals.length === 0 && !needsApproval ? ['take', 'book'] : ['book']
}

function read(time: string | null | undefined, otherwise: number): number {
  return (time ? readInstant(time) : undefined) ?? otherwise
}
