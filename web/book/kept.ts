import { ProblemError } from '../../packages/client/src/problem.ts'
import { keptKey, user } from '../session/session.ts'
import { readStored } from '../stored.ts'

/** The last response, and its time. */
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
 * Stores responses for use without a network; they are deleted at logout.
 * @throws what `read` throws, unless the server is unreachable and there is a stored response
 */
export async function readOrKeep<T>(read: () => Promise<T>): Promise<Kept<T>> {
  const by = user.value?.id ?? ''
  try {
    const data = await read()
    keep({ by, at: Date.now(), data })
    return { data }
  } catch (error) {
    const kept = isUnreachable(error) ? readStored<Stored>(keptKey) : undefined
    if (kept?.by !== by || kept.at === undefined) throw error
    return { data: kept.data as T, since: new Date(kept.at) }
  }
}

// With full storage, the response is still shown.
function keep(stored: Stored): void {
  try {
    localStorage.setItem(keptKey, JSON.stringify(stored))
  } catch {
    localStorage.removeItem(keptKey)
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'unreachable'
}
