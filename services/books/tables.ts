import { dailyCountsTable } from '../../shared/daily-limit.ts'
import { idempotencyTable } from '../../shared/idempotency.ts'
import { refoldTable } from '../../shared/refold.ts'
import type { Columns } from '@campus/store/columns.ts'
import { toScore } from './score.ts'

/** The tables of books. The word index is SQL, in migrations/. */
export const booksTables = (c: Columns) => ({
  books: c.table(
    'books',
    {
      /** The public number of the book. */
      number: c.number('number'),
      /** Known before the database assigns a number; the key of group commit. Never exposed. */
      id: c.id('id').notNull().unique(),
      title: c.text('title').notNull(),
      author: c.text('author').notNull(),
      /** YYYY-MM-DD; see `unknownDate`. Of a month or year it is the first day. */
      release_date: c.text('release_date').notNull(),
      /** How many of its characters are known: 4 of a year, 7 of a month. */
      release_known: c.integer('release_known').notNull().default(10),
      page_count: c.integer('page_count'),
      publisher: c.text('publisher').notNull(),
      added_by: c.text('added_by').notNull(),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
      title_key: c.text('title_key').notNull(),
      author_key: c.text('author_key').notNull(),
      words: c.text('words').notNull(),
      /** Hash of folded title and author: a book is on the list once. */
      identity: c.text('identity').notNull(),
      // A copy, synced from the ratings.
      ratings_count: c.integer('ratings_count').notNull().default(0),
      average_hundredths: c.integer('average_hundredths'),
      rating_score: c.integer('rating_score').notNull().default(toScore(0, 0)),
    },
    (t) => [
      c.unique('book_once').on(t.identity),
      c.index('books_by_title').on(t.title_key, t.number),
      c.index('books_by_author').on(t.author_key, t.number),
      c.index('books_by_release_date').on(t.release_date, t.number),
      c.index('books_by_rating').on(t.rating_score, t.number),
    ],
  ),
  shelves: c.table(
    'shelves',
    {
      user_id: c.text('user_id').notNull(),
      book_number: c.integer('book_number').notNull(),
      shelf: c.text('shelf').notNull(),
      /** YYYY[-MM[-DD]], as far as known. */
      date_shelved: c.text('date_shelved'),
      date_read: c.text('date_read'),
    },
    (t) => [
      c.unique('book_on_one_shelf').on(t.user_id, t.book_number),
      c.index('shelves_by_book').on(t.book_number),
    ],
  ),
  /** One row: the position up to which ratings were synced. Its stored name stays: decision 087. */
  ratingsSync: c.table('followed_ratings', { position: c.text('position').notNull() }),
  idempotency_keys: idempotencyTable(c),
  daily_counts: dailyCountsTable(c),
  refold: refoldTable(c),
})

export type BooksTables = ReturnType<typeof booksTables>
export type BookRow = BooksTables['books']['$inferSelect']

/** Sorts after every date. */
export const unknownDate = '~'
