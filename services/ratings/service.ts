import type { ProblemCode } from '../../shared/problem-code.ts'
import { and, asc, eq, gt, gte, inArray, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import { withVersion, type CreatedVersion, type Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { dailyLimitReached, startOfDay } from '../../shared/daily-limit.ts'
import { firstVersion, type Change } from '../../shared/version.ts'
import { createOnce, prunableIdempotencyKeys, type Creation } from '../../shared/idempotency.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import { conflict, preconditionFailed, ProblemError } from '../../shared/problem.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import type { NewRating, Rating, RatingChange, RatingSummary } from '../../shared/schemas/rating.ts'
import { createBatch } from '@campus/store/batch.ts'
import { insertInto } from '@campus/store/insert.ts'
import { placeholder } from '@campus/store/columns.ts'
import { createClaims } from './claims.ts'
import { createSummaries } from './summaries.ts'
import { ratingsTables, type RatingRow } from './tables.ts'

/** How many books a user may rate in a day. */
export const ratingsPerDayMax = 1000

/** The summary of a book's ratings, and a page of them. */
export interface SummaryAndPage {
  summary: RatingSummary
  page: Page<Pick<Rating, 'value'>>
}

/** Ratings: one per user and book. Knows no HTTP, and no books. */
export function ratingsService(context: Context) {
  const { store, clock, id } = context
  const tables = ratingsTables(store.columns)
  const { ratings } = tables
  const summaries = createSummaries(store, tables)
  const claims = createClaims(context, tables)
  context.every(5, 'find the owners of old ratings', claims.claimAll)
  const insert = insertInto(ratings, {
    given: { day: 'instant' },
    // The daily limit is reached when its last allowed row exists.
    where: `NOT EXISTS (SELECT 1 FROM book_ratings own
      WHERE own.user_id = i.user_id AND own.created >= i.day
      ORDER BY own.created LIMIT 1 OFFSET ${ratingsPerDayMax - 1})`,
    order: 'book_id, user_id, email',
  })
  const batch = createBatch(store, insert)
  const findPage = store.db
    .select({ id: ratings.id, value: ratings.value })
    .from(ratings)
    .where(
      and(
        eq(ratings.book_id, placeholder(ratings.book_id)),
        gt(ratings.id, placeholder(ratings.id)),
      ),
    )
    .orderBy(asc(ratings.id))
    .limit(sql.placeholder('limit'))
    .prepare()
  context.prune(prunableIdempotencyKeys(store))

  async function rate(
    book_id: number,
    { body, caller, idempotencyKey }: Creation<NewRating>,
  ): Promise<CreatedVersion<Rating>> {
    const { email, value: stars } = requireComplete(body, caller)
    const user_id = await findRater(email, caller)
    // The stored response has no address, which comes with the caller.
    const version = firstVersion()
    const value = { id: id(), book_id, value: stars }
    const created = clock()
    const row = {
      ...value,
      user_id,
      email: user_id === null ? email : '',
      created,
      version,
      day: startOfDay(created),
    }
    const made = await createOnce(store, {
      idempotencyKey,
      value: { ...value, version },
      write: (response) => batch.add(row, response),
      explain: async () => {
        const isRater = user_id === null ? eq(ratings.email, email) : eq(ratings.user_id, user_id)
        const those = and(eq(ratings.book_id, book_id), isRater)
        if ((await store.db.$count(ratings, those)) > 0) return ratingExists()
        const ofDay = and(isRater, gte(ratings.created, row.day))
        if ((await store.db.$count(ratings, ofDay)) < ratingsPerDayMax) return undefined
        return dailyLimitReached(`${ratingsPerDayMax} ratings`, created)
      },
    })
    const rated = withVersion(made)
    return { ...rated, value: { ...rated.value, email } }
  }

  /** Null when no user has the address named by a service. */
  async function findRater(email: string, caller: Caller): Promise<string | null> {
    if (caller.role === 'system') return (await claims.findOwners([email])).get(email) ?? null
    await claims.claimOwn(caller)
    return caller.id
  }

  /** @throws 404 when nobody has rated the book */
  async function get(bookId: number, query: PageQuery): Promise<SummaryAndPage> {
    const after = readCursor(query, isId) ?? firstId
    const [[summary], rows] = await Promise.all([
      summaries.ofBooks([bookId]),
      findPage.execute({ book_id: bookId, id: after, limit: rowsToAsk(query) }),
    ])
    if (!summary || summary.count === 0) throw noRatings()
    const page = toPage(rows, query, (last) => last.id)
    return { summary, page: { ...page, items: page.items.map(({ value }) => ({ value })) } }
  }

  async function getOwn(bookId: number, caller: Caller): Promise<Versioned<Rating>> {
    await claims.claimOwn(caller)
    const [row] = await store.db.select().from(ratings).where(isOwn(bookId, caller))
    if (!row) throw noOwnRating()
    return { value: toRating(row, caller), version: row.version }
  }

  async function changeOwn(
    bookId: number,
    { body: { value }, caller, ifMatch }: Change<RatingChange>,
  ): Promise<Versioned<Rating>> {
    await claims.claimOwn(caller)
    const [row] = await store.db
      .update(ratings)
      .set({ value, version: sql`${ratings.version} + 1` })
      .where(and(isOwn(bookId, caller), isMatch(ifMatch)))
      .returning()
    if (!row) throw await explainMiss(bookId, caller, ifMatch)
    return { value: toRating(row, caller), version: row.version }
  }

  async function withdrawOwn(bookId: number, { caller, ifMatch }: Change<unknown>): Promise<void> {
    await claims.claimOwn(caller)
    const gone = store.db.delete(ratings).where(and(isOwn(bookId, caller), isMatch(ifMatch)))
    const [row] = await gone.returning({ id: ratings.id })
    if (!row) throw await explainMiss(bookId, caller, ifMatch)
  }

  function isOwn(bookId: number, caller: Caller) {
    return and(eq(ratings.book_id, bookId), eq(ratings.user_id, caller.id))
  }

  function isMatch(ifMatch: number[] | undefined) {
    return ifMatch && inArray(ratings.version, ifMatch)
  }

  async function explainMiss(bookId: number, caller: Caller, ifMatch: number[] | undefined) {
    if (!ifMatch) return noOwnRating()
    const exists = (await store.db.$count(ratings, isOwn(bookId, caller))) > 0
    return exists ? preconditionFailed() : noOwnRating()
  }

  return { rate, get, getOwn, changeOwn, withdrawOwn, summaries }
}

export type RatingsService = ReturnType<typeof ratingsService>

/**
 * The owner of the rating: the caller, unless a trusted caller names another user.
 * @throws 400 when something is missing, 403 for the address of another
 */
function requireComplete({ value, email }: NewRating, caller: Caller) {
  if (value === undefined && email === undefined) throw incomplete('bad_data', 'Bad data')
  const rater = email?.toLowerCase() ?? caller.email
  if (value === undefined || rater === '')
    throw incomplete('missing_arguments', 'Missing arguments')
  if (caller.role !== 'system' && rater !== caller.email.toLowerCase()) throw notYours()
  return { email: rater, value }
}

function toRating({ id, book_id, value }: RatingRow, { email }: Caller): Rating {
  return { id, book_id, email, value }
}

const firstId = '00000000-0000-0000-0000-000000000000'

function incomplete(code: ProblemCode, detail: string): ProblemError {
  return new ProblemError({ status: 400, code, detail })
}

function notYours(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'not_your_email',
    detail: 'You can only rate as yourself. Leave email out, or send your own.',
  })
}

function ratingExists(): ProblemError {
  return conflict('rating_exists', 'Each user can only submit one rating per book.')
}

function noRatings(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'ratings_not_found',
    detail: 'No ratings for this book yet.',
  })
}

function noOwnRating(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'rating_not_found',
    detail: 'You have not rated this book.',
  })
}
