import { sql } from 'drizzle-orm'
import type { RemovedUsers } from '../../shared/schemas/user.ts'
import type { Store } from '@campus/store/store.ts'
import type { UsersTables } from './tables.ts'

// The size of one response; followers fetch the next page at once.
const removedMax = 200
/** Before the first event. */
export const start = '0.0'

/** Removed accounts. Only their ids are kept, which reveal nothing. */
export function createRemovals({ db, horizon }: Store, { removedUsers }: UsersTables) {
  /** Accounts removed after a position, in commit order, without gaps. */
  async function listAfter(position: string): Promise<RemovedUsers> {
    const [transaction = 0, number = 0] = position.split('.').map(Number)
    const rows = await db
      .select()
      .from(removedUsers)
      .where(
        sql`(${removedUsers.transaction}, ${removedUsers.number}) > (${transaction}, ${number})
          AND ${removedUsers.transaction} < ${horizon}`,
      )
      .orderBy(removedUsers.transaction, removedUsers.number)
      .limit(removedMax)
    const last = rows.at(-1)
    return {
      user_ids: rows.map(({ user_id }) => user_id),
      position: last ? `${last.transaction}.${last.number}` : position,
    }
  }

  return { listAfter }
}
