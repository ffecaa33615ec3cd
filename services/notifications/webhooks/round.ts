import { isLater } from './backoff.ts'
import type { Pending } from './pending.ts'
import type { SendResult } from './send.ts'
import type { WebhookRow } from './tables.ts'

// Bounds what a crash sends twice, and how long results stay unrecorded.
const triesMax = 100
const startsFor_ms = 3000
const requestsAtOnce = 4
/** That many subjects failing in a row mean that the receiver is unavailable. */
export const awayAfter = 5

export interface Try {
  row: Pending
  result: SendResult
}

export interface Round {
  tries: Try[]
  /** Consecutive failures, including earlier rounds, of a receiver that may be unavailable. */
  failures: number
  /** Whether the last attempt failed. */
  isFailing: boolean
  /** Whether the receiver accepts nothing at the moment. */
  isAway: boolean
  isGone: boolean
}

interface RoundOptions {
  /** Its state before this round. */
  webhook: Pick<WebhookRow, 'failures' | 'failing_since'>
  pending: readonly Pending[]
  now_ms: number
  signal: AbortSignal
  send: (row: Pending) => Promise<SendResult>
}

/**
 * Sends what is due: events of one subject in order, up to the first that is not accepted; those of
 * several subjects concurrently. An unavailable receiver gets a single request.
 */
export async function sendRound({ webhook, pending, now_ms, signal, send }: RoundOptions) {
  const groups = [...Map.groupBy(pending, ({ subject }) => subject).values()]
  const failing = new Set(groups.filter(([first]) => isFailing(first)).map(subjectOf))
  const queue = groups
    .filter(([first]) => first && !isLater(first.next_try ?? 0, now_ms))
    .toSorted(byTries)
  const round: Round = {
    tries: [],
    failures: webhook.failures,
    isFailing: webhook.failing_since !== null,
    isAway: false,
    isGone: false,
  }
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
    if (!hasData(row)) return giveUp(row)
    started++
    const result = await send(row)
    // An attempt we cut off says nothing about the receiver.
    if (signal.aborted && result.status === undefined) return false
    round.tries.push({ row, result })
    const isTaken = isDelivered(result)
    round.isFailing = !isTaken
    round.failures = isTaken || isRefusal(result) ? 0 : round.failures + 1
    if (isTaken) failing.delete(row.subject)
    else failing.add(row.subject)
    round.isGone ||= result.status === 410
    isThrottled ||= result.retryAfter_ms !== undefined && !isTaken
    return isTaken
  }

  // That says nothing about the receiver; if nothing else failed, it is no longer failing.
  function giveUp(row: Pending): boolean {
    round.tries.push({ row, result: { fault: 'no_longer_kept', duration_ms: 0 } })
    failing.delete(row.subject)
    if (failing.size === 0) Object.assign(round, { failures: 0, isFailing: false })
    return true
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

// A receiver that refuses an event is available. 408 and 429 are temporary (RFC 9110 section
// 15.5.9, RFC 6585 section 4).
function isRefusal({ status = 0 }: SendResult): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

// A test has no event, and no journal position.
const hasData = ({ position, data }: Pending) => position === null || data !== null
const isFailing = (first: Pending | undefined) => first !== undefined && first.attempts > 0
const subjectOf = ([first]: Pending[]) => first?.subject ?? ''

// Least tried first, so that an event that always fails delays no other.
function byTries([a]: Pending[], [b]: Pending[]): number {
  if (!a || !b || a.attempts === b.attempts) return (a?.id ?? '') < (b?.id ?? '') ? -1 : 1
  return a.attempts - b.attempts
}
