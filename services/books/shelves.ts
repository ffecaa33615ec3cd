import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { notFound } from '../../shared/problem.ts'
import type { Shelf, ShelvedBook } from '../../shared/schemas/book.ts'
import type { BooksTables } from './tables.ts'

/** The shelves of each reader: a book is on one shelf or none. */
export function createShelves({ store }: Context, { books, shelves }: BooksTables) {
  /** @throws 404 when there is no such book */
  async function put(caller: Caller, bookId: number, shelf: Shelf): Promise<ShelvedBook> {
    const isDone = await store.atomically([
      shelve({ caller, shelf, which: sql`number = ${bookId}` }),
    ])
    if (!isDone) throw notFound('book', String(bookId))
    return { book_id: bookId, shelf }
  }

  /** Those of them that are on the list, found by identity. */
  async function putAll(caller: Caller, shelf: Shelf, identities: string[]): Promise<void> {
    if (identities.length === 0) return
    const list = sql.join(
      identities.map((identity) => sql`${identity}`),
      sql`, `,
    )
    await store.atomically([shelve({ caller, shelf, which: sql`identity IN (${list})` })])
  }

  /** Idempotent: afterwards it is on no shelf. */
  async function clear(caller: Caller, bookId: number): Promise<void> {
    const own = and(eq(shelves.user_id, caller.id), eq(shelves.book_number, bookId))
    await store.db.delete(shelves).where(own)
  }

  /** Removes the shelves of removed users. */
  async function forget(userIds: string[]): Promise<void> {
    await store.db.delete(shelves).where(inArray(shelves.user_id, userIds))
  }

  return { put, putAll, clear, forget }

  // Sorted by number, so that two of them never deadlock.
  function shelve(given: { caller: Caller; shelf: Shelf; which: ReturnType<typeof sql> }) {
    const { caller, shelf, which } = given
    return sql`
      INSERT INTO shelves (user_id, book_number, shelf)
      SELECT ${caller.id}, number, ${shelf} FROM ${books} WHERE ${which} ORDER BY number
      ON CONFLICT (user_id, book_number) DO UPDATE SET shelf = excluded.shelf`
  }
}

export type Shelves = ReturnType<typeof createShelves>
