import { sql } from 'drizzle-orm'
import type { RemovedUsers } from '../../shared/schemas/user.ts'
import type { Store } from '../../shared/store/store.ts'
import type { UsersTables } from './tables.ts'

// What one answer may hold. Whoever asks goes on at once when there was so much.
const removedMax = 200
/** Before everything that ever happened. */
export const start = '0.0'

/** Which accounts are no more. Nothing of them is kept but their ids, which say nothing. */
export function createRemovals({ db, horizon }: Store, { removedUsers }: UsersTables) {
  /** Those removed after a position, in commit order: none is ever missed. */
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
