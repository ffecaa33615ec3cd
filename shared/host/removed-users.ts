import type { RemovedUsers } from '../schemas/user.ts'
import { hour_ms } from '../duration.ts'

/** Accounts removed after a position; all that ever were without one. */
export type FetchRemoved = (after: string | undefined) => Promise<RemovedUsers>

export interface RemovedUsersOptions {
  fetchRemoved: FetchRemoved
  /**
   * Removes what a service stores about these users. May be called repeatedly for the same ones.
   */
  forget: (userIds: string[]) => Promise<void>
  clock: () => number
}

// What was in flight when an account was removed, or came back with a restore, is removed within
// this time.
const startAgainAfter_ms = hour_ms

/**
 * Follows the removal of accounts. The position is kept in memory only: each start begins at the
 * beginning, so neither a restore nor an outage of a day loses one.
 * @returns a task to run every few seconds; throws when `users` or the removal fails, and resumes
 *   there the next time
 */
export function followRemovedUsers(options: RemovedUsersOptions): () => Promise<void> {
  const { fetchRemoved, forget, clock } = options
  let position: string | undefined
  let began_ms = -Infinity

  return async () => {
    if (clock() - began_ms >= startAgainAfter_ms) {
      position = undefined
      began_ms = clock()
    }
    for (;;) {
      const removed = await fetchRemoved(position)
      if (removed.user_ids.length === 0) return
      await forget(removed.user_ids)
      position = removed.position
    }
  }
}
