import { Type, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, asc, desc, eq, gt, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import {
  isLongPage,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../shared/page.ts'
import type { Book, Shelf } from '../../shared/schemas/book.ts'
import { text } from '../../shared/schemas/primitive.ts'
import { toBook, type FoundBook } from './book.ts'
import { wireColumns } from './catalogue.ts'
import { matchQuery } from './search.ts'
import type { BooksTables } from './tables.ts'

export type Sort = 'title' | 'author' | 'release_date' | 'rating'

export interface BookQuery extends PageQuery {
  q?: string | undefined
  shelf?: Shelf | undefined
  sort?: Sort | undefined
  order?: 'asc' | 'desc' | undefined
}

type Position = [key: string | number, number: number]

// Rows per step of an export: half a millisecond of the serving thread.
const exportStep = 100

/** Many books: searched, sorted, from a shelf, or all of them. */
export function createList({ store }: Context, tables: BooksTables) {
  const { books, shelves } = tables
  const keys = {
    title: books.title_key,
    author: books.author_key,
    release_date: books.release_date,
    rating: books.rating_score,
  }

  const isOn = (caller: Caller) =>
    and(eq(shelves.book_number, books.number), eq(shelves.user_id, caller.id))

  async function list(query: BookQuery, caller: Caller): Promise<Page<Book>> {
    const { sort = 'title' } = query
    const key = keys[sort]
    const isDescending = (query.order ?? (sort === 'rating' ? 'desc' : 'asc')) === 'desc'
    const direction = isDescending ? desc : asc
    const after = readCursor(query, (value): value is Position => isPosition(sort, value))
    const compare = isDescending ? sql`<` : sql`>`
    // Books excluded by a query or shelf are still read on the way to a page.
    const isScan = query.q !== undefined || query.shelf !== undefined || isLongPage(query)
    const { db } = isScan ? store.scan(caller.id) : store
    const rows = await db
      .select({ ...wireColumns(tables), key })
      .from(books)
      .leftJoin(shelves, isOn(caller))
      .where(
        and(
          after && sql`(${key}, ${books.number}) ${compare} (${after[0]}, ${after[1]})`,
          query.shelf && eq(shelves.shelf, query.shelf),
          matchQuery(store, query.q),
        ),
      )
      .orderBy(direction(key), direction(books.number))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => [last.key, last.number])
    return { ...page, items: page.items.map(toBook) }
  }

  /** All books in the order they were added, step by step, so that they are never in memory. */
  async function* all(caller: Caller): AsyncGenerator<FoundBook[]> {
    const { db } = store.scan(caller.id)
    for (let after = 0; ;) {
      const rows = await db
        .select(wireColumns(tables))
        .from(books)
        .leftJoin(shelves, isOn(caller))
        .where(gt(books.number, after))
        .orderBy(asc(books.number))
        .limit(exportStep)
      const last = rows.at(-1)
      if (!last) return
      yield rows
      after = last.number
    }
  }

  return { list, all }
}

const Count = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })
const TextPosition = Type.Tuple([text(200), Count])
const NumberPosition = Type.Tuple([Count, Count])

function isPosition(sort: Sort, value: unknown): value is Position {
  const schema: TSchema = sort === 'rating' ? NumberPosition : TextPosition
  return Value.Check(schema, value)
}
