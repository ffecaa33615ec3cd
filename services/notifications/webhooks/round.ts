import type { Pending } from './pending.ts'
import type { SendResult } from './send.ts'

// Bounds what a crash sends twice, and how long nothing is written down.
const triesMax = 100
const startsFor_ms = 3000
const requestsAtOnce = 4
/** So many subjects, tried in a row without success: the receiver is away. */
export const awayAfter = 5

export interface Try {
  row: Pending
  result: SendResult
}

export interface Round {
  tries: Try[]
  /** In a row, with those before this round. */
  failures: number
  /** Whether the receiver takes nothing at all at the moment. */
  isAway: boolean
  isGone: boolean
}

interface RoundOptions {
  pending: readonly Pending[]
  now_ms: number
  /** In a row, before this round. */
  failures: number
  signal: AbortSignal
  send: (row: Pending) => Promise<SendResult>
}

/**
 * Sends what is due. Of one subject one after the other, in order, up to the first that is not
 * taken; of several at the same time. Who is away is asked by one request.
 */
export async function sendRound({ pending, now_ms, signal, send, ...given }: RoundOptions) {
  const groups = [...Map.groupBy(pending, ({ subject }) => subject).values()]
  const failing = new Set(groups.filter(([first]) => isFailing(first)).map(subjectOf))
  const queue = groups
    .filter(([first]) => first && (first.next_try ?? 0) <= now_ms)
    .toSorted(byTries)
  const round: Round = { tries: [], failures: given.failures, isAway: false, isGone: false }
  const begin_ms = performance.now()
  let started = 0
  let isThrottled = false

  const isAway = () => round.failures >= awayAfter && failing.size >= awayAfter
  const goesOn = () =>
    !signal.aborted &&
    !round.isGone &&
    !isThrottled &&
    started < triesMax &&
    performance.now() - begin_ms < startsFor_ms &&
    (!isAway() || started === 0)

  /** @returns whether the next one of its subject may follow */
  async function tryOne(row: Pending): Promise<boolean> {
    started++
    const result = await send(row)
    // What was cut off by us says nothing of the receiver.
    if (signal.aborted && result.status === undefined) return false
    round.tries.push({ row, result })
    // Without its event there is nothing to take, and nobody to blame.
    if (row.data === null && result.status === undefined) return true
    const isTaken = isDelivered(result)
    round.failures = isTaken ? 0 : round.failures + 1
    if (isTaken) failing.delete(row.subject)
    else failing.add(row.subject)
    round.isGone ||= result.status === 410
    isThrottled ||= result.retryAfter_ms !== undefined && !isTaken
    return isTaken
  }

  async function work(): Promise<void> {
    for (let group = queue.shift(); group && goesOn(); group = queue.shift()) {
      for (const row of group) if (!goesOn() || !(await tryOne(row))) break
    }
  }

  await Promise.all(Array.from({ length: requestsAtOnce }, work))
  return { ...round, isAway: isAway() }
}

export function isDelivered({ status }: SendResult): boolean {
  return status !== undefined && status >= 200 && status < 300
}

const isFailing = (first: Pending | undefined) => first !== undefined && first.attempts > 0
const subjectOf = ([first]: Pending[]) => first?.subject ?? ''

// What was tried least comes first: one event that is never taken is in no other's way.
function byTries([a]: Pending[], [b]: Pending[]): number {
  if (!a || !b || a.attempts === b.attempts) return (a?.id ?? '') < (b?.id ?? '') ? -1 : 1
  return a.attempts - b.attempts
}
