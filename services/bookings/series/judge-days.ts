import { sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { RefusingRule } from '../../../shared/schemas/policy.ts'
import { toDrawn } from '../policy/overdrawn.ts'
import type { Span } from '../policy/rules.ts'
import type { Drawn, Quotas } from '../quotas.ts'
import {
  refuseQuota,
  type Case,
  type Decision,
  type Judgement,
  type Rulebook,
} from '../rulebook.ts'
import type { Occurrence } from './expand.ts'

export interface DayToJudge {
  day: Occurrence
  resources: Case['resources']
  formerPerson?: string
  /** It will not be booked in any case, so it does not use up quota. */
  isTaken?: boolean
}

export interface JudgedDay {
  judgement: Judgement
  /** Every refusing rule. Empty: it may be booked, or requested. */
  rules: RefusingRule[]
}

export interface JudgedDays {
  days: JudgedDay[]
  /** The first statements of the transaction. */
  first: SQL[]
  /** SQL condition for its end: the judgement still holds. */
  holds: SQL
}

interface Judging {
  caller: Caller
  booked_for: string
  /** The bookings of these days, whose current time does not count. */
  except?: string[]
  /** The policies that must be in force at the commit; by default those they are judged by. */
  epoch?: number | undefined
}

/** Judges the days of a series: each by the rules, and by the quota that earlier days leave. */
export function createDayJudge({ quotas, rulebook }: { quotas: Quotas; rulebook: Rulebook }) {
  return async function judgeDays(
    days: readonly DayToJudge[],
    { caller, booked_for: person, except = [], epoch }: Judging,
  ): Promise<JudgedDays> {
    const decisions = await rulebook.decideEach(
      days.map(({ day: { from, to }, ...one }) => {
        return { ...one, bookingId: '', span: { from, to }, caller, person }
      }),
    )
    const window = toWindow(decisions)
    const reading = window && (await quotas.read(person, window, except))
    const drawn = Map.groupBy(reading?.drawn ?? [], ({ scope }) => scope)
    const isInForce = rulebook.isInForce(epoch ?? decisions[0]?.epoch ?? 0)
    return {
      days: days.map((asked, at) => judgeDay(asked, decisions[at] as Decision, drawn)),
      first: reading ? [quotas.takeTurn(person)] : [],
      holds: reading ? sql`${isInForce} AND ${quotas.isUnchanged(reading)}` : isInForce,
    }
  }
}

export type JudgeDays = ReturnType<typeof createDayJudge>

function judgeDay(
  { day: { from, to }, isTaken = false }: DayToJudge,
  { refusals, ...judgement }: Decision,
  drawn: Map<string, Drawn[]>,
): JudgedDay {
  // Without the right to book for others, the caller must not learn about their bookings.
  if (refusals.some(({ rule }) => rule === 'rights')) return { judgement, rules: refusals }
  const with_it = new Map(drawn)
  for (const { quotaScope: scope } of judgement.items) {
    if (scope !== null) with_it.set(scope, [...(with_it.get(scope) ?? []), { scope, from, to }])
  }
  const over = judgement.draws.draws.filter(
    (allowance) => toDrawn(allowance, with_it.get(allowance.scope) ?? []) > allowance.max,
  )
  const rules = [...refusals, ...over.map(refuseQuota)]
  if (rules.length === 0 && !isTaken) for (const [scope, all] of with_it) drawn.set(scope, all)
  return { judgement, rules }
}

/** The window that covers all quotas; undefined without any. */
function toWindow(decisions: readonly Decision[]): Span | undefined {
  return decisions
    .flatMap(({ draws: { draws } }) => draws.map(({ window }) => window))
    .reduce<Span | undefined>((all, { from, to }) => {
      return { from: Math.min(all?.from ?? from, from), to: Math.max(all?.to ?? to, to) }
    }, undefined)
}
