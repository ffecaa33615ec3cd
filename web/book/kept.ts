import { ProblemError } from '../../packages/client/src/problem.ts'
import { keptKey, user } from '../session/session.ts'

/** What was read last, and when. */
export interface Kept<T> {
  data: T
  /** Undefined: just now. */
  since?: Date
}

interface Stored {
  by: string
  at: number
  data: unknown
}

/**
 * Keeps what was read for when there is no network; it is forgotten when its user logs out.
 * @throws what `read` throws, unless the server is out of reach and something was kept
 */
export async function readOrKeep<T>(read: () => Promise<T>): Promise<Kept<T>> {
  const by = user.value?.id ?? ''
  try {
    const data = await read()
    keep({ by, at: Date.now(), data })
    return { data }
  } catch (error) {
    const kept = isUnreachable(error) ? readKept() : undefined
    if (kept?.by !== by) throw error
    return { data: kept.data as T, since: new Date(kept.at) }
  }
}

// Whoever's storage is full still has what was read.
function keep(stored: Stored): void {
  try {
    localStorage.setItem(keptKey, JSON.stringify(stored))
  } catch {
    localStorage.removeItem(keptKey)
  }
}

function readKept(): Stored | undefined {
  const text = localStorage.getItem(keptKey)
  return text === null ? undefined : (JSON.parse(text) as Stored)
}

function isUnreachable(error: unknown): boolean {
  return (
    error instanceof TypeError || (error instanceof ProblemError && error.code === 'unreachable')
  )
}
