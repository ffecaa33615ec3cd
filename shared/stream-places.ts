import type { Caller } from './access.ts'
import { ProblemError } from './problem.ts'

// A browser opens one per window.
const streamsMax = 10
const retryAfter_s = 10

/** Counts the open streams of each user, in this process. */
export function createStreamPlaces() {
  const open = new Map<string, number>()

  /**
   * @returns an idempotent function that frees the place
   * @throws 429 when the user has reached the limit. Services have no limit.
   */
  return function takePlace({ id, role }: Caller): () => void {
    if (role === 'service') return () => {}
    const count = open.get(id) ?? 0
    if (count >= streamsMax) throw tooMany()
    open.set(id, count + 1)
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      const left = (open.get(id) ?? 1) - 1
      if (left > 0) open.set(id, left)
      else open.delete(id)
    }
  }
}

function tooMany(): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'too_many_streams',
    detail: `You have ${streamsMax} open event streams. Close one, or read all events from one.`,
    headers: { 'retry-after': String(retryAfter_s) },
  })
}
