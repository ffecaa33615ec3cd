import { and, eq, inArray, type SQL } from 'drizzle-orm'
import { isAdministrator, requireOwner, type Caller } from '../../shared/access.ts'
import type { Created, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { createDailyLimit } from '../../shared/daily-limit.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import { createOnce, type Creation, type IdempotencyKey } from '../../shared/idempotency.ts'
import { conflict, notFound, preconditionFailed, ProblemError } from '../../shared/problem.ts'
import type { Book, BookChange, NewBook } from '../../shared/schemas/book.ts'
import { createBatch } from '@campus/store/batch.ts'
import { insertInto } from '@campus/store/insert.ts'
import { placeholder } from '@campus/store/columns.ts'
import { violation } from '@campus/store/error.ts'
import {
  requireBook,
  toBook,
  toFields,
  toReleaseDate,
  type BookColumns,
  type FoundBook,
} from './book.ts'
import type { BooksTables } from './tables.ts'

/** The columns of a book's wire form, with the caller's shelf. */
export function wireColumns({ books, shelves }: BooksTables) {
  return {
    number: books.number,
    title: books.title,
    author: books.author,
    release_date: books.release_date,
    release_known: books.release_known,
    page_count: books.page_count,
    publisher: books.publisher,
    added_by: books.added_by,
    created: books.created,
    version: books.version,
    ratings_count: books.ratings_count,
    average_hundredths: books.average_hundredths,
    shelf: shelves.shelf,
    date_shelved: shelves.date_shelved,
    date_read: shelves.date_read,
  }
}

/** Books one by one: add, find, change, remove. */
export function createCatalogue(context: Context, tables: BooksTables) {
  const { store, clock, id, config } = context
  const { books, shelves } = tables
  const statement = insertInto(books, {
    leave: ['number', 'version', 'ratings_count', 'average_hundredths', 'rating_score'],
    countedBy: 'added_by',
    order: 'identity',
  })
  const batch = createBatch(store, statement)
  const limit = createDailyLimit(context, 'books', config.USER_BOOKS_PER_DAY)
  const findOne = (which: SQL) =>
    store.db
      .select(wireColumns(tables))
      .from(books)
      .leftJoin(
        shelves,
        and(
          eq(shelves.book_number, books.number),
          eq(shelves.user_id, placeholder(shelves.user_id)),
        ),
      )
      .where(which)
      .prepare()
  const findByNumber = findOne(eq(books.number, placeholder(books.number)))
  const findById = findOne(eq(books.id, placeholder(books.id)))

  /** @throws 404 */
  async function find(number: number, caller: Caller): Promise<FoundBook> {
    const [row] = await findByNumber.execute({ number, user_id: caller.id })
    if (!row) throw notFound('book', String(number))
    return row
  }

  /**
   * Adds a book. The database assigns its number, so the stored response has only its id.
   * @throws 409 when it is already on the list, 429 when the caller's daily limit is reached
   */
  function insert(book: BookColumns, caller: Caller, idempotencyKey?: IdempotencyKey) {
    const row = { id: id(), ...book, added_by: caller.id, created: clock() }
    return createOnce(store, {
      idempotencyKey,
      value: { id: row.id },
      write: (response) => batch.add(row, response, limit.shareOf(caller)),
      explain: async () => (await limit.findRefusal(caller)) ?? findSame(book),
    })
  }

  /** Which of these books are on the list, with their numbers. */
  async function findPresent(identities: string[]): Promise<Map<string, number>> {
    const { identity, number } = books
    const rows = await store.db
      .select({ identity, number })
      .from(books)
      .where(inArray(identity, identities))
    return new Map(rows.map((row) => [row.identity, row.number]))
  }

  async function add({ body, caller, idempotencyKey }: Creation<NewBook>): Promise<Created<Book>> {
    const book = requireBook(toFields(body))
    const made = await insert(book, caller, idempotencyKey)
    const [added] = await findById.execute({ id: made.value.id, user_id: caller.id })
    if (!added) throw removedSince()
    return { ...made, value: toBook(added) }
  }

  async function get(number: number, caller: Caller): Promise<Versioned<Book>> {
    return toVersioned(await find(number, caller))
  }

  function change(number: number, wanted: Change<BookChange>): Promise<Versioned<Book>> {
    return retryOnConflict(() => tryChange(number, wanted))
  }

  async function tryChange(
    number: number,
    { body, caller, ifMatch }: Change<BookChange>,
  ): Promise<Versioned<Book> | undefined> {
    const before = await find(number, caller)
    requireMatch(before.version, ifMatch)
    const old = { ...before, release_date: toReleaseDate(before) }
    const book = requireBook(toFields({ ...old, ...body }))
    // Two books that fold alike from before that was refused: everything but title and author can
    // be changed.
    const isSame = book.title === before.title && book.author === before.author
    const { identity: _, ...others } = book
    const changed = await store.db
      .update(books)
      .set({ ...(isSame ? others : book), version: before.version + 1 })
      .where(and(eq(books.number, number), eq(books.version, before.version)))
      .returning({ version: books.version })
      .catch(async (error: unknown) => {
        if (violation(error) !== 'unique') throw error
        const refusal = await findSame(book)
        if (refusal) throw refusal
        return [] // it has gone since
      })
    return changed[0] && toVersioned({ ...before, ...book, ...changed[0] })
  }

  /** For the user who added it, and administrators; also removes its shelf entries. */
  async function remove(number: number, { caller, ifMatch }: Change<unknown>): Promise<void> {
    const [gone] = await store.db
      .delete(books)
      .where(
        and(
          eq(books.number, number),
          isAdministrator(caller) ? undefined : eq(books.added_by, caller.id),
          ifMatch && inArray(books.version, ifMatch),
        ),
      )
      .returning({ number: books.number })
    if (gone) return
    const book = await find(number, caller)
    requireOwner(caller, book.added_by)
    throw preconditionFailed()
  }

  async function findSame({ identity, title, author }: BookColumns) {
    const [there] = await store.db
      .select({ number: books.number })
      .from(books)
      .where(eq(books.identity, identity))
    const detail = `"${title}" by ${author} is on the list already.`
    return there && conflict('book_exists', detail, { book_id: there.number })
  }

  return { find, findPresent, insert, add, get, change, remove }
}

export type Catalogue = ReturnType<typeof createCatalogue>

function removedSince(): ProblemError {
  const detail = 'The book was added, and has been removed since.'
  return new ProblemError({ status: 404, code: 'book_not_found', detail })
}

function toVersioned(row: FoundBook): Versioned<Book> {
  return { value: toBook(row), version: row.version }
}
