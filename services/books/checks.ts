import { sql } from 'drizzle-orm'
import type { Check, CheckContext } from '../../shared/check.ts'
import { readPieces } from '@campus/store/reader.ts'
import { toScore } from './score.ts'

const booksAtOnce = 500
// Two databases cannot be read at one moment; such differences are gone a moment later.
const lookAgainAfter_ms = 3000

interface Copy {
  number: number
  ratings_count: number
  average_hundredths: number | null
  rating_score: number
}

interface Count {
  book_id: number
  value: number
  count: number
  transaction: number
  revision: number
}

/** The invariants of books. */
export const booksChecks: Record<string, Check> = {
  /** The copied ratings, once all changes were applied. */
  ratings: async function* ratings(context) {
    const { reader, note } = context
    if (!(await hasRatings(context))) {
      return note('their ratings are in a database that is not known here')
    }
    const pieces = readPieces(reader, { table: 'books', column: 'number', size: booksAtOnce })
    for await (const piece of pieces) {
      let different = await compare(context, sql`SELECT number FROM books WHERE ${piece}`)
      if (different.length === 0) continue
      await Bun.sleep(lookAgainAfter_ms)
      different = await compare(
        context,
        sql.join(
          different.map(({ number }) => sql`${number}`),
          sql`, `,
        ),
      )
      for (const { number, text } of different) yield `book ${number}: ${text}`
    }
  },
}

/** In separate processes, each service knows only its own database. */
async function hasRatings({ readerOf }: CheckContext): Promise<boolean> {
  try {
    await readerOf('ratings').rows(sql`SELECT 1 FROM book_rating_counts LIMIT 1`)
    return true
  } catch {
    return false
  }
}

async function compare({ reader, readerOf }: CheckContext, numbers: ReturnType<typeof sql>) {
  const copies = await reader.rows<Copy>(sql`
    SELECT number, ratings_count, average_hundredths, rating_score FROM books
    WHERE number IN (${numbers})`)
  const [{ position } = { position: '0.0' }] = await reader.rows<{ position: string }>(
    sql`SELECT position FROM followed_ratings`,
  )
  const list = sql.join(
    copies.map(({ number }) => sql`${number}`),
    sql`, `,
  )
  const counts = await readerOf('ratings').rows<Count>(sql`
    SELECT book_id, value, count, "transaction", revision FROM book_rating_counts
    WHERE book_id IN (${list})`)
  return copies.flatMap((copy) => {
    const own = counts.filter(({ book_id }) => Number(book_id) === copy.number)
    if (own.some((count) => isAfter(count, position))) return [] // on its way
    const wanted = summarize(own)
    const found = [copy.ratings_count, copy.average_hundredths, copy.rating_score]
    if (Bun.deepEquals(found, wanted)) return []
    const text = `its copy says ${found.join(', ')}, its ratings ${wanted.join(', ')}`
    return [{ number: copy.number, text }]
  })
}

function isAfter({ transaction, revision }: Count, position: string): boolean {
  const [synced = 0, at = 0] = position.split('.').map(Number)
  return Number(transaction) > synced || (Number(transaction) === synced && Number(revision) > at)
}

/** Count, average in hundredths and score, as `follow` writes them. */
function summarize(counts: Count[]): [number, number | null, number] {
  const count = counts.reduce((total, one) => total + Number(one.count), 0)
  const sum = counts.reduce((total, one) => total + one.value * Number(one.count), 0)
  // The ratings answer with two decimals.
  return [count, count === 0 ? null : Math.round((100 * sum) / count), toScore(count, sum)]
}
