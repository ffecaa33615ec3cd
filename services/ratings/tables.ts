import { isNull } from 'drizzle-orm'
import { idempotencyTable } from '../../shared/idempotency.ts'
import type { Columns } from '@campus/store/columns.ts'

/** The tables of ratings. The triggers that write `book_rating_counts` are SQL, in migrations/. */
export const ratingsTables = (c: Columns) => ({
  ratings: c.table(
    'book_ratings',
    {
      id: c.id('id').notNull().primaryKey(),
      book_id: c.integer('book_id').notNull(),
      /** The owner, independent of their address; null when nobody had the address. */
      user_id: c.text('user_id'),
      /** The address of a rating without an owner; else empty. */
      email: c.text('email').notNull(),
      value: c.integer('value').notNull(),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
    },
    (t) => [
      c.unique('only_one_book_rating_per_user').on(t.book_id, t.user_id),
      c.unique('only_one_book_rating_per_address').on(t.email, t.book_id).where(isNull(t.user_id)),
      c.index('book_ratings_of_user').on(t.user_id, t.created),
      c.index('book_ratings_in_order').on(t.book_id, t.id),
    ],
  ),
  /** Addresses of old ratings whose owner has not been looked up yet. */
  addresses: c.table('rating_addresses', { email: c.text('email').primaryKey() }),
  /** At most ten rows for a book, however many users have rated it. */
  counts: c.table(
    'book_rating_counts',
    {
      book_id: c.integer('book_id').notNull(),
      value: c.integer('value').notNull(),
      count: c.integer('count').notNull(),
      transaction: c.transaction('transaction'),
      revision: c.integer('revision').notNull(),
    },
    (t) => [
      c.unique('book_rating_count').on(t.book_id, t.value),
      c.index('book_rating_counts_in_order').on(t.transaction, t.revision),
    ],
  ),
  idempotency_keys: idempotencyTable(c),
})

export type RatingsTables = ReturnType<typeof ratingsTables>
export type RatingRow = RatingsTables['ratings']['$inferSelect']
