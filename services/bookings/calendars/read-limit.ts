import { ProblemError } from '../../../shared/problem.ts'

// Several devices that ask every minute. Programs ask once in 15 minutes to a day.
const reads = 60
const window_ms = 10 * 60_000
// Some 100 bytes each.
const knownMax = 20_000

/**
 * Limits how often one calendar is read, in this process: an address that went around must not
 * cost others.
 * @returns throws 429 with `Retry-After` when it was read too often
 */
export function createReadLimit(clock: () => number): (calendarId: string) => void {
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
    detail: `Limit: this calendar ${reads} times in 10 minutes. Retry after ${wait_s} s.`,
    headers: { 'retry-after': String(wait_s) },
  })
}
