import type { Caller } from '../../shared/access.ts'
import type { CreatedVersion, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { prunableDailyCounts } from '../../shared/daily-limit.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { folded, refold } from '../../shared/refold.ts'
import type { BookWithRatings } from '../../shared/schemas/book.ts'
import type { Rating } from '../../shared/schemas/rating.ts'
import { foldBook } from './book.ts'
import { createCatalogue } from './catalogue.ts'
import { createExport } from './export.ts'
import { createImport } from './import.ts'
import { createForget } from './forget.ts'
import { createList } from './list.ts'
import { createRatingsClient } from './ratings-client.ts'
import { createShelves } from './shelves.ts'
import { booksTables } from './tables.ts'

/** The reading list. Knows no HTTP; ratings come from the ratings service. */
export function booksService(context: Context) {
  const { store } = context
  const tables = booksTables(store.columns)
  const catalogue = createCatalogue(context, tables)
  const shelves = createShelves(context, tables)
  const ratings = createRatingsClient(context, tables)
  const books = createList(context, tables)
  context.onUsersRemoved(shelves.forget)
  context.onUsersRemoved(createForget(store, tables))
  context.every(1, 'sync the ratings', ratings.sync)
  context.prune(prunableIdempotencyKeys(store))
  context.prune(prunableDailyCounts(store))
  refold(context, { books: folded(tables.books, [tables.books.number], foldBook) })

  async function get(number: number, caller: Caller): Promise<Versioned<BookWithRatings>> {
    const { value, version } = await catalogue.get(number, caller)
    const theirs = await ratings.ofBook(number)
    // Lists show copies that may be a second older; within one response the values agree.
    const { ratings: live } = theirs
    const averages = live && { average_rating: live.average, ratings_count: live.count }
    return { value: { ...value, ...averages, ...theirs }, version }
  }

  /** @throws 404 when there is no such book, which the ratings service cannot know */
  async function rate(options: {
    number: number
    value: number
    caller: Caller
    headers: Record<string, string>
  }): Promise<CreatedVersion<Rating>> {
    await catalogue.find(options.number, options.caller)
    return ratings.rate(options.number, options.value, options.headers)
  }

  return {
    add: catalogue.add,
    change: catalogue.change,
    remove: catalogue.remove,
    list: books.list,
    get,
    rate,
    shelves,
    importBooks: createImport(catalogue, shelves, ratings.rate),
    exportBooks: createExport(books),
  }
}

export type BooksService = ReturnType<typeof booksService>
