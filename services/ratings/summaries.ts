import { desc, inArray, sql } from 'drizzle-orm'
import type { RatingChanges, RatingSummary } from '../../shared/schemas/rating.ts'
import type { Store } from '@campus/store/store.ts'
import type { RatingsTables } from './tables.ts'

interface Count {
  value: number
  count: number
}

// The page size for followers, who ask again at once after a full page.
const changesMax = 500
/** Before the first change. */
export const start = '0.0'

interface Position {
  transaction: number
  revision: number
}

/** Summaries of ratings, from the counts that triggers maintain. */
export function createSummaries({ db, horizon }: Store, { counts }: RatingsTables) {
  /** One for each book, in the requested order; whether the book exists is not known here. */
  async function ofBooks(bookIds: number[]): Promise<RatingSummary[]> {
    if (bookIds.length === 0) return []
    const { book_id, value, count } = counts
    const rows = await db
      .select({ book_id, value, count })
      .from(counts)
      .where(inArray(book_id, bookIds))
    const byBook = Map.groupBy(rows, (row) => row.book_id)
    return bookIds.map((id) => toSummary(id, byBook.get(id) ?? []))
  }

  function readAfter({ transaction, revision }: Position) {
    return db
      .select()
      .from(counts)
      .where(
        sql`(${counts.transaction}, ${counts.revision}) > (${transaction}, ${revision})
          AND ${counts.transaction} < ${horizon}`,
      )
      .orderBy(counts.transaction, counts.revision)
      .limit(changesMax)
  }

  // A position beyond the newest change is from before a restore.
  async function isUnknown({ transaction, revision }: Position): Promise<boolean> {
    const [newest] = await db
      .select({
        isBefore: sql<number>`CASE WHEN (${counts.transaction}, ${counts.revision})
          < (${transaction}, ${revision}) THEN 1 ELSE 0 END`,
      })
      .from(counts)
      .orderBy(desc(counts.transaction), desc(counts.revision))
      .limit(1)
    return Number(newest?.isBefore) === 1
  }

  /**
   * The books whose ratings changed after a position, in commit order: none is ever missed. All of
   * them after a position that is not known. The summaries may be newer than the change.
   */
  async function changedAfter(position: string): Promise<RatingChanges> {
    const after = readPosition(position)
    let rows = await readAfter(after)
    if (rows.length === 0 && (await isUnknown(after))) rows = await readAfter(readPosition(start))
    const last = rows.at(-1)
    return {
      changed: await ofBooks([...new Set(rows.map(({ book_id }) => book_id))]),
      position: last ? `${last.transaction}.${last.revision}` : position,
    }
  }

  return { ofBooks, changedAfter }
}

function readPosition(text: string): Position {
  const [transaction = 0, revision = 0] = text.split('.').map(Number)
  return { transaction, revision }
}

const values = Array.from({ length: 10 }, (_, at) => at + 1)

export function toSummary(book_id: number, rows: Count[]): RatingSummary {
  const histogram = Object.fromEntries(values.map((value) => [value, 0]))
  let [count, sum] = [0, 0]
  for (const row of rows) {
    histogram[row.value] = row.count
    count += row.count
    sum += row.count * row.value
  }
  return { book_id, average: count === 0 ? null : toAverage(sum, count), count, histogram }
}

/** Rounds half up to two decimals; from integers, as 1.005 is inexact in floating point. */
function toAverage(sum: number, count: number): number {
  return Math.floor((200 * sum + count) / (2 * count)) / 100
}
