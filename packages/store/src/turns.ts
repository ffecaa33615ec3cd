import { StoreBusyError } from './error.ts'

/** Runs work when its turn comes. @throws StoreBusyError when too much is waiting already */
export type TakeTurn = <T>(whose: string, work: () => Promise<T>) => Promise<T>

// Per user. Nobody waits for that many responses.
const waitingMax = 16
// The serving thread turns rows into a response, which takes about as long as reading them.
const restShare = 2
// A query of ten seconds need not be followed by as long a rest.
const restMax_ms = 50

/**
 * Shares a scarce resource fairly between users: each has one piece of work running, and waiting
 * users take turns, however much one of them asked for. After a piece its user rests for twice as
 * long as it took, at most 50 ms, which leaves the serving thread to others.
 * @param atOnce how much may run at once, for all users together
 */
export function createTurns(atOnce: number): TakeTurn {
  // By user, the next one first.
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
  return new StoreBusyError('too_many_scans', detail)
}
