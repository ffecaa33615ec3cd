import { unavailable } from '../problem.ts'

/** Runs work when its turn comes. @throws 503 when too much of it waits already */
export type TakeTurn = <T>(whose: string, work: () => Promise<T>) => Promise<T>

// Of one user. More than that is not somebody who waits for an answer.
const waitingMax = 16

/**
 * Shares something scarce between users: each has one piece of work running, and those who wait
 * come in turn, whoever of them asked for much.
 * @param atOnce how much may run at once, of all users together
 */
export function createTurns(atOnce: number): TakeTurn {
  // By user, whose turn is next first.
  const waiting = new Map<string, (() => void)[]>()
  const running = new Set<string>()

  function startNext(): void {
    for (const [whose, works] of waiting) {
      if (running.size >= atOnce) return
      if (running.has(whose)) continue
      const start = works.shift()
      waiting.delete(whose)
      if (works.length > 0) waiting.set(whose, works)
      running.add(whose)
      start?.()
    }
  }

  return async (whose, work) => {
    const works = waiting.get(whose) ?? []
    if (works.length >= waitingMax) throw tooManyWaiting()
    await new Promise<void>((resolve) => {
      works.push(resolve)
      waiting.set(whose, works)
      startNext()
    })
    try {
      return await work()
    } finally {
      running.delete(whose)
      startNext()
    }
  }
}

function tooManyWaiting() {
  const detail = `${waitingMax} of your searches and reports are waiting already. Retry later.`
  return unavailable('too_many_scans', detail)
}
