import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { invalid, notFound } from '../../shared/problem.ts'
import type { NewShelf, ShelvedBook } from '../../shared/schemas/book.ts'
import { violation } from '@campus/store/error.ts'
import { findDateErrors } from './book.ts'
import type { BooksTables } from './tables.ts'

/** The shelves of each reader: a book is on one shelf or none. */
export function createShelves({ store, clock }: Context, { books, shelves }: BooksTables) {
  /** @throws 404 when there is no such book, 422 for a date that does not exist */
  async function put(caller: Caller, bookId: number, wanted: NewShelf): Promise<ShelvedBook> {
    const { shelf, ...dates } = wanted
    const errors = findDateErrors(dates)
    if (errors.length > 0) throw invalid(errors)
    const today = new Date(clock()).toISOString().slice(0, 10)
    const [row] = await store.db
      .insert(shelves)
      .values({ user_id: caller.id, book_number: bookId, date_shelved: today, ...wanted })
      .onConflictDoUpdate({ target: [shelves.user_id, shelves.book_number], set: wanted })
      .returning()
      .catch((error: unknown) => {
        throw violation(error) === 'foreign_key' ? notFound('book', String(bookId)) : error
      })
    const { date_shelved = null, date_read = null } = row ?? {}
    return { book_id: bookId, shelf, date_shelved, date_read }
  }

  /**
   * Puts those of an import that are on the list, found by identity; of the same one the last
   * counts. A date that is not said leaves what is there.
   */
  async function putAll(caller: Caller, wanted: (NewShelf & { identity: string })[]) {
    if (wanted.length === 0) return
    const last = new Map(wanted.map((each) => [each.identity, each]))
    const rows = [...last.values()].map(
      ({ identity, shelf, date_shelved = null, date_read = null }) =>
        sql`(${identity}, ${shelf}, ${date_shelved}, ${date_read})`,
    )
    // Sorted by number, so that two of them never deadlock.
    await store.atomically([
      sql`
        WITH given (identity, shelf, date_shelved, date_read) AS (VALUES ${sql.join(rows, sql`, `)})
        INSERT INTO shelves (user_id, book_number, shelf, date_shelved, date_read)
        SELECT ${caller.id}, b.number, g.shelf, g.date_shelved, g.date_read
        FROM given AS g JOIN ${books} AS b ON b.identity = g.identity WHERE true ORDER BY b.number
        ON CONFLICT (user_id, book_number) DO UPDATE SET
          shelf = excluded.shelf,
          date_shelved = coalesce(excluded.date_shelved, shelves.date_shelved),
          date_read = coalesce(excluded.date_read, shelves.date_read)`,
    ])
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
}

export type Shelves = ReturnType<typeof createShelves>
