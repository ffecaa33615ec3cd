import { timeout, TimeoutStrategy, wrap } from 'cockatiel'
import { sql } from 'drizzle-orm'
import type { CreatedVersion } from '../../shared/answer.ts'
import { createBreaker } from '../../shared/breaker.ts'
import type { Context } from '../../shared/context.ts'
import { readRefusal, unavailable, type ProblemError } from '../../shared/problem.ts'
import type { BookWithRatings } from '../../shared/schemas/book.ts'
import type { BookRatings, Rating, RatingSummary } from '../../shared/schemas/rating.ts'
import type { RatingsApi } from '../ratings/index.ts'
import { toScore } from './score.ts'
import type { BooksTables } from './tables.ts'

// How long a book waits for its ratings. Nobody notices, and a book without stars is better than
// none.
const patience_ms = 80

type ReadersRatings = Pick<BookWithRatings, 'ratings' | 'ratings_available'>

/** The ratings of books from the ratings service, and a copy of the averages for sorting. */
export function createRatingsClient({ client, log, store }: Context, { ratingsSync }: BooksTables) {
  const breaker = createBreaker()
  const soon = wrap(breaker, timeout(patience_ms, TimeoutStrategy.Aggressive))
  breaker.onBreak(() => log.warn('ratings are away'))
  breaker.onReset(() => log.info('ratings are back'))
  const api = () => client<RatingsApi>('ratings').api.ratings

  /** Returns soon, with or without the ratings. */
  async function ofBook(bookId: number): Promise<ReadersRatings> {
    try {
      return { ratings: await soon.execute(() => ask(bookId)), ratings_available: true }
    } catch {
      return { ratings: null, ratings_available: false }
    }
  }

  async function ask(book_id: number): Promise<BookRatings> {
    const { data, error } = await api()({ book_id }).get({ query: {} })
    if (data) return data
    if (error.status === 404) return unrated(book_id)
    throw new Error(`The ratings answered ${error.status}`)
  }

  /** Rates as the user of these headers. @throws the problem of the ratings service, else 503 */
  async function rate(
    book_id: number,
    value: number,
    headers: Record<string, string>,
  ): Promise<CreatedVersion<Rating>> {
    const answer = await api()({ book_id }).post({ value }, { headers })
    const { data, response } = answer
    if (data) {
      const tag = /^"v(\d+)/.exec(response.headers.get('etag') ?? '')?.[1]
      const version = tag === undefined ? undefined : Number(tag)
      return { value: data, replayed: response.headers.has('idempotent-replayed'), version }
    }
    throw readRefusal(answer) ?? ratingsUnavailable()
  }

  /** Copies what changed since the last time; of several concurrent runs, one succeeds. */
  async function sync(): Promise<void> {
    for (;;) {
      const [{ position } = { position: '0.0' }] = await store.db.select().from(ratingsSync)
      const { data } = await api().changes.get({ query: { after: position } })
      if (!data || data.position === position) return
      const updates = data.changed.toSorted((a, b) => a.book_id - b.book_id).map(toUpdate)
      const move = sql`
        UPDATE ${ratingsSync} SET position = ${data.position} WHERE position = ${position}`
      if (!(await store.atomically([...updates, move]))) return
    }
  }

  return { ofBook, rate, sync }
}

export function ratingsUnavailable(): ProblemError {
  const detail = 'The ratings service is unavailable. Please retry in a moment.'
  return unavailable('ratings_unavailable', detail)
}

function toUpdate({ book_id, average, count, histogram }: RatingSummary) {
  const sum = Object.entries(histogram).reduce((total, [value, n]) => total + Number(value) * n, 0)
  const hundredths = average === null ? null : Math.round(average * 100)
  return sql`
    UPDATE books SET ratings_count = ${count}, average_hundredths = ${hundredths},
      rating_score = ${toScore(count, sum)}
    WHERE number = ${book_id}`
}

function unrated(book_id: number): BookRatings {
  const histogram = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [at + 1, 0]))
  return { book_id, average: null, count: 0, histogram, ratings: [] }
}
