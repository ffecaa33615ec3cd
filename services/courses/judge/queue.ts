import type { ProblemCode } from '../../../shared/problem-code.ts'
import { withDeadline } from '../../../shared/deadline.ts'
import { ProblemError } from '../../../shared/problem.ts'
import { createBudget } from './budget.ts'

/** The member whose turn and time it takes. */
export interface Turn {
  member: string
  /** An administrator, who sees hidden tests anyway and judges for everybody. */
  privileged?: boolean
}

export interface QueueLimits {
  /** For all members together. */
  runningMax: number
  /** For all members together: as many as can be judged within the maximum wait. */
  waitingMax: number
  /** Per member. */
  memberWaitingMax: number
  /** Longer waits are refused. */
  waitMax_ms: number
  /** The judge's time per member and minute, by the clock. */
  budget_ms: number
}

/** Ends a turn: others continue at once, the same member only after `pause_ms`. */
export type Leave = (pause_ms?: number) => void

interface Lane {
  busy: boolean
  waiting: Waiting[]
}

interface Waiting {
  turn: Turn
  start: (leave: Leave) => void
  refuse: (error: ProblemError) => void
}

/**
 * Members take turns, however many submissions each of them has waiting: one at a time each, and
 * none while the budget of the minute is used up.
 */
export function createQueue(limits: QueueLimits) {
  // In the order in which their next turns come.
  const lanes = new Map<string, Lane>()
  const budget = createBudget(limits.budget_ms)
  let running = 0
  let waiting = 0

  function startNext(): void {
    for (const lane of lanes.values()) {
      if (running >= limits.runningMax) return
      const next = lane.busy ? undefined : lane.waiting.shift()
      if (!next) continue
      start(lane, next)
    }
  }

  function start(lane: Lane, { turn, start }: Waiting): void {
    const begin_ms = performance.now()
    waiting--
    running++
    lane.busy = true
    start((pause_ms = 0) => {
      running--
      if (!turn.privileged) spend(lane, turn, performance.now() - begin_ms + pause_ms)
      if (pause_ms > 0) setTimeout(() => release(lane, turn), pause_ms)
      else release(lane, turn)
      startNext()
    })
  }

  function spend(lane: Lane, { member }: Turn, used_ms: number): void {
    budget.spend(member, used_ms)
    const refusal = budget.refusal(member)
    if (refusal) refuseAll(lane, refusal)
  }

  function release(lane: Lane, { member }: Turn): void {
    lane.busy = false
    lanes.delete(member)
    if (lane.waiting.length > 0) lanes.set(member, lane) // after everybody else who waits
    startNext()
  }

  function refuse(lane: Lane, one: Waiting, error: ProblemError): void {
    const at = lane.waiting.indexOf(one)
    if (at === -1) return
    lane.waiting.splice(at, 1)
    waiting--
    if (lane.waiting.length === 0 && !lane.busy) lanes.delete(one.turn.member)
    one.refuse(error)
  }

  function refuseAll(lane: Lane, error: ProblemError): void {
    for (let one; (one = lane.waiting[0]);) refuse(lane, one, error)
  }

  return {
    /** @throws 429 when too many wait, when it takes too long, or when the budget is used up */
    enter: async (turn: Turn): Promise<Leave> => {
      const { member } = turn
      const lane = lanes.get(member) ?? { busy: false, waiting: [] }
      const refusal = turn.privileged ? undefined : budget.refusal(member)
      if (refusal) throw refusal
      if (lane.waiting.length >= limits.memberWaitingMax) throw tooMany(limits.memberWaitingMax)
      if (waiting >= limits.waitingMax) throw queueFull()
      const place = Promise.withResolvers<Leave>()
      const one: Waiting = { turn, start: place.resolve, refuse: place.reject }
      lanes.set(member, lane)
      lane.waiting.push(one)
      waiting++
      startNext()
      return withDeadline(place.promise, limits.waitMax_ms, () => {
        refuse(lane, one, queueFull())
        return place.promise
      })
    },
    state: () => ({ running, waiting }),
    close: () => {
      for (const lane of lanes.values()) refuseAll(lane, queueFull())
    },
  }
}

function tooMany(waitingMax: number): ProblemError {
  return busy(
    'submissions_under_way',
    `One of your submissions is judged at a time, and at most ${waitingMax} wait. ` +
      'Nothing was stored; submit again when one is done.',
  )
}

function queueFull(): ProblemError {
  return busy(
    'judge_busy',
    'Too many submissions wait to be judged. Nothing was stored; submit again in a moment.',
  )
}

function busy(code: ProblemCode, detail: string): ProblemError {
  return new ProblemError({ status: 429, code, detail, headers: { 'retry-after': '2' } })
}
