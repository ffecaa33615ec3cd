import { sql } from 'drizzle-orm'
import type { Check } from '../../shared/check.ts'
import { readPieces } from '@campus/store/reader.ts'

const booksAtOnce = 1000

/** The invariants of ratings. */
export const ratingsChecks: Record<string, Check> = {
  counts: async function* counts({ reader }) {
    for (const table of ['book_ratings', 'book_rating_counts']) {
      const pieces = readPieces(reader, { table, column: 'book_id', size: booksAtOnce })
      for await (const piece of pieces) {
        // One statement, so that a concurrent rating is in both or in neither.
        const found = await reader.rows<
          Record<'book_id' | 'value' | 'kept' | 'counted', number>
        >(sql`
          SELECT coalesce(k.book_id, c.book_id) AS book_id, coalesce(k.value, c.value) AS value,
            coalesce(k.count, 0) AS kept, coalesce(c.count, 0) AS counted
          FROM (SELECT book_id, value, count FROM book_rating_counts WHERE ${piece}) k
          FULL JOIN (SELECT book_id, value, count(*) AS count FROM book_ratings WHERE ${piece}
            GROUP BY book_id, value) c ON c.book_id = k.book_id AND c.value = k.value
          WHERE coalesce(k.count, 0) <> coalesce(c.count, 0)`)
        for (const { book_id, value, kept, counted } of found) {
          // Books without any ratings are found through the other table.
          if (table === 'book_ratings' ? counted > 0 : Number(counted) === 0) {
            yield `book ${book_id}: ${kept} are counted for ${value}, ${counted} are there`
          }
        }
      }
    }
  },
}
