import { sql, type SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../../shared/access.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type { RefusingRule } from '../../../shared/schemas/policy.ts'
import { toViewer, withNames, type Reservations } from '../reservations.ts'
import type { Judgement, Rulebook } from '../rulebook.ts'
import type { Stored } from '../settle.ts'
import type { JudgeDays, JudgedDay } from './judge-days.ts'
import type { PlannedDay } from './plan-change.ts'

export type BookedDay = PlannedDay & { stored: Stored }

/** A day to be changed, with its booking and the reasons against it. */
export interface JudgedChange extends BookedDay {
  judgement: Judgement
  refused: ItemRefusal[]
  rules: RefusingRule[]
}

export interface JudgedChanges {
  days: JudgedChange[]
  /** The first statements of the transaction. */
  first: SQL[]
  /** SQL condition, for its end: all of this still holds. */
  holds: SQL
}

interface Dependencies {
  judgeDays: JudgeDays
  reservations: Reservations
  rulebook: Rulebook
}

const needsApprovalText =
  'A booking this long, or of this resource, needs approval. Ask its manager to change it.'

/** Judges each day like the change of a single booking, before anything is moved. */
export function createChangeJudge({ judgeDays, reservations, rulebook }: Dependencies) {
  /** @param person the new person for all of them; undefined: unchanged */
  async function judgeChange(
    asked: readonly BookedDay[],
    { caller, person }: { caller: Caller; person: string | undefined },
  ): Promise<JudgedChanges> {
    const epoch = await rulebook.readEpoch()
    const { planned, hidden } = await see(asked, caller)
    const persons = Map.groupBy(planned, ({ stored: { row } }) => person ?? row.booked_for)
    const judged = new Map<BookedDay, JudgedDay>()
    const parts: Pick<JudgedChanges, 'first' | 'holds'>[] = []
    // In a fixed order, so that concurrent changes never deadlock.
    for (const [booked_for, own] of [...persons].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const except = own.map(({ stored }) => stored.row.id)
      const toJudge = own.map(({ day, stored }) => {
        return { day, resources: toResources(stored), formerPerson: stored.row.booked_for }
      })
      const { days, ...part } = await judgeDays(toJudge, { caller, booked_for, except, epoch })
      for (const [at, one] of own.entries()) judged.set(one, days[at] as JudgedDay)
      parts.push(part)
    }
    const changes: JudgedChange[] = []
    for (const one of planned) {
      const { judgement, rules } = judged.get(one) as JudgedDay
      const more = one.isMoved ? await refuseMove(one, judgement, caller) : []
      changes.push({ ...one, judgement, refused: [], rules: [...rules, ...more] })
    }
    await lookUp(changes, { caller, hidden })
    return {
      days: changes,
      first: parts.flatMap(({ first }) => first),
      holds: sql.join([sql`1 = 1`, ...parts.map(({ holds }) => holds)], sql` AND `),
    }
  }

  /** The days with the current names of types, and the resources that the caller cannot see. */
  async function see(planned: readonly BookedDay[], caller: Caller) {
    const ids = planned.flatMap(({ stored }) => stored.items.map((item) => item.resource_id))
    if (ids.length === 0) return { planned, hidden: [] }
    const sight = await reservations.see([...new Set(ids)], toViewer(caller))
    const named = planned.map((one) => {
      return { ...one, stored: { ...one.stored, items: withNames(one.stored.items, sight) } }
    })
    return { planned: named, hidden: isAdministrator(caller) ? [] : sight.hidden }
  }

  /** Further refusals of a move. */
  async function refuseMove(
    { day, stored: { row, items } }: BookedDay,
    { needsApproval }: Judgement,
    caller: Caller,
  ): Promise<RefusingRule[]> {
    const resource_type = items[0]?.resource_type ?? ''
    const isBeyond = needsApproval && row.state !== 'requested'
    const approval = { rule: 'approval', detail: needsApprovalText, resource_type }
    const isKept = day.from <= row.from_datetime && row.to_datetime <= day.to
    const mayGiveUp = isKept || row.state !== 'confirmed'
    const late = mayGiveUp || (await rulebook.mayManage(caller, items)) ? [] : await refuseLate()
    return isBeyond ? [approval, ...late] : late

    // Giving up time late counts as a late cancellation.
    async function refuseLate(): Promise<RefusingRule[]> {
      try {
        const span = { from: row.from_datetime, to: row.to_datetime }
        await rulebook.requireMayCancel(items, span)
        return []
      } catch (error) {
        if (!(error instanceof ProblemError) || error.code !== 'policy_refused') throw error
        return error.members['rules'] as RefusingRule[]
      }
    }
  }

  /** Adds what blocks the moves that the rules allow. */
  async function lookUp(
    changes: JudgedChange[],
    { caller, hidden }: { caller: Caller; hidden: readonly string[] },
  ): Promise<void> {
    const moved = changes.filter(({ isMoved, rules }) => isMoved && rules.length === 0)
    const places = moved.flatMap((one) =>
      one.stored.items.map((item, at) => {
        const { from: from_datetime, to: to_datetime } = one.day
        return { one, at, place: { ...item, from_datetime, to_datetime } }
      }),
    )
    if (places.length === 0) return
    const refused = await reservations.lookMoves(
      places.map(({ place }) => ({ ...place, resource_id: undefined })),
      toViewer(caller),
    )
    for (const refusal of refused) {
      const found = places[refusal.item]
      found?.one.refused.push({ ...refusal, item: found.at })
    }
    for (const { one, at, place } of places) {
      if (hidden.includes(place.resource_id)) one.refused = [notThere(at)]
    }
  }

  return judgeChange
}

export type ChangeJudge = ReturnType<typeof createChangeJudge>

export function isRefused({ refused, rules }: JudgedChange): boolean {
  return refused.length + rules.length > 0
}

// Judged as a change of its booking, also when it is given to another person.
function toResources({ row, items }: Stored) {
  const before = { from: row.from_datetime, to: row.to_datetime }
  return items.map(({ resource_id: id, resource_type: type }) => ({ id, type, before }))
}

function notThere(item: number): ItemRefusal {
  return { item, code: 'resource_not_found', conflicts: [], next_free: null, peers: [] }
}
