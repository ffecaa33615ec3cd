import type { Caller } from '../../../shared/access.ts'
import type { VersionedOnce } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import type { ChangeOnce } from '../../../shared/idempotency.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, isRefusal, ProblemError } from '../../../shared/problem.ts'
import type {
  BookingSeriesChange,
  BookingSeriesOutlook,
} from '../../../shared/schemas/booking-series.ts'
import { requireMatch } from '../../../shared/version.ts'
import { createPeople } from '../calendars/people.ts'
import { createRequireMayHave } from '../new-person.ts'
import { createRunOnce, toStoredResponse } from '../replay.ts'
import { toViewer, type Reservations } from '../reservations.ts'
import type { Rulebook } from '../rulebook.ts'
import { isOpen } from '../state.ts'
import type { BookingRow } from '../tables.ts'
import { toVersion, type FindSeries } from './find-series.ts'
import {
  isRefused,
  type BookedDay,
  type ChangeJudge,
  type JudgedChange,
  type JudgedChanges,
} from './judge-change.ts'
import { keepOwnDays } from './own-days.ts'
import { planChange, toScope, type PlannedDay } from './plan-change.ts'
import type { RecordChange } from './record-change.ts'
import { notAvailable, requireAllowed } from './refusal.ts'

interface Dependencies {
  find: FindSeries
  judgeChange: ChangeJudge
  recordChange: RecordChange
  reservations: Reservations
  rulebook: Rulebook
  settleChange: (change: string) => Promise<void>
}

type Changing = ChangeOnce<BookingSeriesChange>

interface Outcome extends JudgedChanges {
  /** The days that stay unchanged. */
  against: JudgedChange[]
}

// An attempt fails only when another booking of the same person, or another policy, comes first.
const attemptsMax = 25
// A day that stays can block others, which then stay too.
const roundsMax = 5
// Each attempt records and undoes all of its days.
const refusedMax = 3

/** Changes bookings of a series: their texts, the person they are for, and the time of each day. */
export function createChangeSeries(
  context: Pick<Context, 'store' | 'clock' | 'client'>,
  { find, judgeChange, recordChange, reservations, rulebook, settleChange }: Dependencies,
) {
  const { store, clock } = context
  const requireMayHave = createRequireMayHave(createPeople(context), reservations)

  /**
   * @returns each day that was changed or, with `skip`, left unchanged, and why
   * @throws 409 `not_all_free`, 422 or 403 `policy_refused`, with nothing changed; 412 if the
   * series has changed since `If-Match`
   */
  async function changeSeries(
    id: string,
    asked: Changing,
  ): Promise<VersionedOnce<BookingSeriesOutlook>> {
    const { body, caller, idempotencyKey: key } = asked
    const once = createRunOnce<BookingSeriesOutlook>(store, () => find.find(id, caller))
    let { ifMatch } = asked
    let refused = 0
    let counted: number | undefined
    const step = async () => {
      const found = await find.find(id, caller)
      requireMatch(toVersion(found), ifMatch)
      const now = clock()
      const open = toScope(found, body).filter(({ row }) => isAhead(row, now))
      const own = await keepOwnDays(open, caller, rulebook)
      const planned = planChange({ ...found, own }, body, now)
      const outcome = await judge(planned, asked)
      const value = { occurrences: planned.flatMap((one) => toShown(one, outcome)) }
      if (body.dry_run) return { value, version: toVersion(found) }
      requireChangeable(outcome, body)
      if (body.booked_for !== undefined) {
        await requireMayHave(
          body.booked_for,
          planned.flatMap(({ stored }) => stored?.items ?? []),
        )
      }
      counted ??= await count(planned, outcome, caller)
      const toResponse = (version: number) => toStoredResponse(key, { value, version })
      const change = await recordChange(found, { ...asked, planned, ...outcome, toResponse })
      if (change === undefined) return undefined
      const { version } = change
      if (!change.isMoving || (await isSettled(change.id))) return { value, version }
      if (++refused === refusedMax) throw tooBusy()
      // After an undo the series has its former state, under this version.
      ifMatch &&= [version]
      return undefined
    }
    return once(body.dry_run ? undefined : key, step, attemptsMax).catch(
      async (thrown: unknown) => {
        // A refused change causes no notification, so its count is refunded; if that fails, it
        // costs those days.
        if (counted && isRefusal(thrown)) {
          await reservations.spend(-counted, toViewer(caller)).catch(() => {})
        }
        throw thrown
      },
    )
  }

  /** Judges each day by the rules and asks inventory. */
  async function judge(planned: PlannedDay[], { body, caller }: Changing): Promise<Outcome> {
    const { booked_for: person, on_conflict } = body
    const against: JudgedChange[] = []
    let rest = planned.filter((one): one is BookedDay => {
      const isGiven = person !== undefined && person !== one.stored?.row.booked_for
      return one.stored !== undefined && (one.isMoved || isGiven)
    })
    for (let round = 0; ; round++) {
      const judged = await judgeChange(rest, { caller, person })
      const refused = judged.days.filter(isRefused)
      const days = judged.days.filter((one) => !isRefused(one))
      against.push(...refused)
      if (refused.length === 0 || days.length === 0 || on_conflict !== 'skip') {
        return { ...judged, days, against }
      }
      if (round === roundsMax) throw notAvailable(days)
      rest = days
    }
  }

  /** Counts each changed day against the caller's daily limit. */
  async function count(
    planned: PlannedDay[],
    { against }: Outcome,
    caller: Caller,
  ): Promise<number> {
    const stays = new Set(against.map(({ day }) => day))
    const changed = planned.filter(({ day, stored }) => stored && !stays.has(day))
    if (changed.length > 0) await reservations.spend(changed.length, toViewer(caller))
    return changed.length
  }

  /** @returns false if somebody took the time meanwhile, so it must be judged again */
  async function isSettled(change: string): Promise<boolean> {
    try {
      await settleChange(change)
      return true
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'not_all_free') return false
      throw error
    }
  }

  return changeSeries
}

function isAhead({ state, from_datetime }: BookingRow, now: number): boolean {
  return isOpen(state) && from_datetime > now
}

/** @throws 409, 422 or 403 if a day is refused, or with `skip` if all of them are */
function requireChangeable({ days, against }: Outcome, { on_conflict }: BookingSeriesChange): void {
  if (against.length === 0 || (on_conflict === 'skip' && days.length > 0)) return
  requireAllowed(against, on_conflict ?? 'fail')
  throw notAvailable(against)
}

function tooBusy() {
  const detail =
    'Nothing was changed: in each attempt, others took one of the new times first. Retry, ' +
    'or choose other times.'
  return conflict('not_all_free', detail, { occurrences: [] })
}

function toShown({ day, stored }: PlannedDay, { days, against }: Outcome) {
  if (!stored) return []
  const refusal = against.find((one) => one.day === day)
  const judged = days.find((one) => one.day === day)
  const isRequested = stored.row.state === 'requested'
  const allowed = judged?.judgement.needsApproval || isRequested ? 'requested' : 'confirmed'
  return [
    {
      date: day.date,
      from: toInstant(day.from) ?? '',
      to: toInstant(day.to) ?? '',
      state: refusal ? ('refused' as const) : (allowed as 'requested' | 'confirmed'),
      resources: refusal ? [] : stored.items.map(({ resource_id }) => resource_id),
      refused: refusal?.refused ?? [],
      rules: refusal?.rules ?? [],
    },
  ]
}
