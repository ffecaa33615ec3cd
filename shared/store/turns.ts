import { unavailable } from '../problem.ts'

/** Runs work when its turn comes. @throws 503 when too much of it waits already */
export type TakeTurn = <T>(whose: string, work: () => Promise<T>) => Promise<T>

// Of one user. More than that is not somebody who waits for an answer.
const waitingMax = 16
// Rows are turned into an answer on the serving thread, which takes about as long as reading them.
const restShare = 2
// Whoever waited for ten seconds need not rest as long.
const restMax_ms = 50

/**
 * Shares something scarce between users: each has one piece of work running, and those who wait
 * come in turn, whoever of them asked for much. After a piece its user rests for twice as long as
 * it took, 50 ms at most, which leaves the serving thread to others.
 * @param atOnce how much may run at once, of all users together
 */
export function createTurns(atOnce: number): TakeTurn {
  // By user, whose turn is next first.
  const waiting = new Map<string, (() => void)[]>()
  const running = new Set<string>()
  const resting = new Set<string>()

  function startNext(): void {
    for (const [whose, works] of waiting) {
      if (running.size >= atOnce) return
      if (running.has(whose) || resting.has(whose)) continue
      const start = works.shift()
      waiting.delete(whose)
      if (works.length > 0) waiting.set(whose, works)
      running.add(whose)
      start?.()
    }
  }

  function rest(whose: string, length_ms: number): void {
    resting.add(whose)
    const wake = () => {
      resting.delete(whose)
      startNext()
    }
    setTimeout(wake, Math.min(restShare * length_ms, restMax_ms)).unref()
  }

  return async (whose, work) => {
    const works = waiting.get(whose) ?? []
    if (works.length >= waitingMax) throw tooManyWaiting()
    await new Promise<void>((resolve) => {
      works.push(resolve)
      waiting.set(whose, works)
      startNext()
    })
    const begin_ms = performance.now()
    try {
      return await work()
    } finally {
      running.delete(whose)
      rest(whose, performance.now() - begin_ms)
      startNext()
    }
  }
}

function tooManyWaiting() {
  const detail = `${waitingMax} of your searches and reports are waiting already. Retry later.`
  return unavailable('too_many_scans', detail)
}
