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
  /** It will not be booked, whatever the rules say: it leaves its share to others. */
  isTaken?: boolean
}

export interface JudgedDay {
  judgement: Judgement
  /** Every rule that refuses. None: it may be booked, or requested. */
  rules: RefusingRule[]
}

export interface JudgedDays {
  days: JudgedDay[]
  /** What the transaction that books them begins with. */
  first: SQL[]
  /** SQL condition, for its end: all of this still holds. */
  holds: SQL
}

interface Judging {
  caller: Caller
  booked_for: string
  /** Bookings that these days are: where they are now does not count. */
  except?: string[]
}

/** Judges the days of a series: each by the rules, and by the quotas that those before it leave. */
export function createDayJudge({ quotas, rulebook }: { quotas: Quotas; rulebook: Rulebook }) {
  return async function judgeDays(
    days: readonly DayToJudge[],
    { caller, booked_for: person, except = [] }: Judging,
  ): Promise<JudgedDays> {
    const decisions = await rulebook.decideEach(
      days.map(({ day: { from, to }, resources }) => {
        return { bookingId: '', resources, span: { from, to }, caller, person }
      }),
    )
    const window = toWindow(decisions)
    const reading = window && (await quotas.read(person, window, except))
    const drawn = Map.groupBy(reading?.drawn ?? [], ({ scope }) => scope)
    const isInForce = rulebook.isInForce(decisions[0]?.epoch ?? 0)
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
  // What another person has booked is not told to whoever may not book for them.
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

/** All that quotas are counted over; undefined without any. */
function toWindow(decisions: readonly Decision[]): Span | undefined {
  return decisions
    .flatMap(({ draws: { draws } }) => draws.map(({ window }) => window))
    .reduce<Span | undefined>((all, { from, to }) => {
      return { from: Math.min(all?.from ?? from, from), to: Math.max(all?.to ?? to, to) }
    }, undefined)
}
