import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendPage } from '../../shared/answer.ts'
import { pageQuery } from '../../shared/page.ts'
import { lists, reads } from '../../shared/convention.ts'
import type { BookRatings } from '../../shared/schemas/rating.ts'
import { models } from './models.ts'
import { params } from './rating-routes.ts'
import type { RatingsService, SummaryAndPage } from './service.ts'
import { start } from './summaries.ts'

const book_ids = t.String({
  // As many as there can be books on a page.
  pattern: '^[1-9]\\d{0,8}(,[1-9]\\d{0,8}){0,199}$',
  description: 'Up to 200 numbers of books',
  examples: ['1,2,3'],
})
const after = t.String({
  pattern: '^\\d{1,16}\\.\\d{1,16}$',
  description: 'The `position` of the last response',
})

/** What everybody thinks of books: `/api/ratings`. */
export function summaryRoutes({ get, summaries }: RatingsService) {
  return new Elysia({ prefix: '/api/ratings', tags: ['ratings'], normalize: false })
    .use(access)
    .use(models)
    .get('', ({ query }) => summaries.ofBooks(query.book_ids.split(',').map(Number)), {
      ...reads('RatingSummaryList', { listRatingSummaries: 'List the average ratings of books' }),
      access: 'public',
      query: t.Object({ book_ids }),
    })
    .get('/changes', ({ query }) => summaries.changedAfter(query.after ?? start), {
      ...reads('RatingChanges', { listRatingChanges: 'List books whose ratings changed' }),
      access: { service: ['books'] },
      query: t.Object({ after: t.Optional(after) }),
    })
    .get('/:book_id', (c) => sendBook(c, get(Number(c.params.book_id), c.query)), {
      ...lists('BookRatings', { getBookRatings: 'Get the ratings of a book' }, 404),
      access: 'public',
      params,
      query: t.Object(pageQuery),
    })
}

async function sendBook(
  context: Parameters<typeof sendPage>[0],
  found: Promise<SummaryAndPage>,
): Promise<BookRatings> {
  const { summary, page } = await found
  return { ...summary, ratings: await sendPage(context, page) }
}
