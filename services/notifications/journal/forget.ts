import { eq, inArray, sql } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { removed } from '../../../shared/removed.ts'
import type { NotificationsTables } from '../tables.ts'

const rowsAtOnce = 200

/** Removes the ids of removed accounts from the journal, a few entries at a time. */
export function createForgetJournal(
  { db, atomically }: Store,
  { journal, journal_people: people }: NotificationsTables,
) {
  return async function forget(userIds: string[]): Promise<void> {
    for (const user of userIds) {
      for (;;) {
        const some = await db
          .select({ position: people.position })
          .from(people)
          .where(eq(people.user_id, user))
          .limit(rowsAtOnce)
        if (some.length === 0) break
        const positions = some.map(({ position }) => position)
        await atomically([
          sql`UPDATE ${journal} SET data = replace(data, ${user}, ${removed}),
              subject = replace(subject, ${user}, ${removed})
            WHERE ${inArray(journal.position, positions)}`,
          sql`DELETE FROM ${people} WHERE ${eq(people.user_id, user)}
            AND ${inArray(people.position, positions)}`,
        ])
      }
    }
  }
}
