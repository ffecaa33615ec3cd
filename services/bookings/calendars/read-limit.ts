import { ProblemError } from '../../../shared/problem.ts'

// Twenty calendars on three devices that poll every ten minutes; most poll less often.
const reads = 60
const window_ms = 10 * 60_000
// About 100 bytes each.
const knownMax = 20_000

/**
 * Limits how often the calendars of one user are read, per process: a leaked address must not cost
 * others, and a new calendar grants no further reads.
 * @returns throws 429 with `Retry-After` above the limit
 */
export function createReadLimit(clock: () => number): (userId: string) => void {
  const windows = new Map<string, { began_ms: number; count: number }>()
  return (id) => {
    const now = clock()
    const known = windows.get(id)
    const isOver = !known || now < known.began_ms || now - known.began_ms >= window_ms
    const current = isOver ? { began_ms: now, count: 0 } : known
    if (isOver && windows.size >= knownMax) windows.clear()
    windows.set(id, current)
    if (++current.count > reads) throw tooMany(current.began_ms + window_ms - now)
  }
}

function tooMany(wait_ms: number): ProblemError {
  const wait_s = Math.ceil(wait_ms / 1000)
  return new ProblemError({
    status: 429,
    code: 'too_many_requests',
    detail: `Limit: ${reads} reads of a user's calendars in 10 minutes. Retry after ${wait_s} s.`,
    headers: { 'retry-after': String(wait_s) },
  })
}
