import { inArray } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { removed } from '../../shared/removed.ts'
import type { BooksTables } from './tables.ts'

const rowsAtOnce = 200

/** Removes the ids of removed accounts from the books they added, a few rows at a time. */
export function createForget(store: Store, { books }: BooksTables) {
  return async function forget(userIds: string[]): Promise<void> {
    for (;;) {
      // There is no index for it, so it is read beside serving.
      const rows = await store
        .scan(removed)
        .db.select({ number: books.number })
        .from(books)
        .where(inArray(books.added_by, userIds))
        .limit(rowsAtOnce)
      const numbers = rows.map(({ number }) => number)
      if (numbers.length === 0) return
      await store.db.update(books).set({ added_by: removed }).where(inArray(books.number, numbers))
    }
  }
}
