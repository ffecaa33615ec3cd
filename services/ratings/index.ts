import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreated, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { readIfMatch } from '../../shared/etag.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { bookNumberPattern, emailPattern, NewRating } from '../../shared/schemas/rating.ts'
import { models } from './models.ts'
import { ratingsService, type RatingsService } from './service.ts'
import { start } from './summaries.ts'

const params = t.Object({ book_id: t.String({ pattern: bookNumberPattern }) })
const newRating = { $ref: '#/components/schemas/NewRating' }
// As many as there can be books on a page.
const bookIdsPattern = '^[1-9]\\d{0,8}(,[1-9]\\d{0,8}){0,199}$'

/** What users think of books: one rating per user and book. */
export function ratings(context: Context) {
  const service = ratingsService(context)
  return new Elysia({ name: 'ratings', tags: ['ratings'], normalize: false })
    .use(access)
    .use(models)
    .use(summaryRoutes(service))
    .use(ownRoutes(service))
    .post(
      '/api/ratings/:book_id',
      async (context) => {
        const { params, query, body, caller, set } = context
        const { value, email } = query
        const said = { ...(value && { value: Number(value) }), ...(email && { email }) }
        const sent = { ...said, ...body }
        const repeat = readRepeatKey({ ...context, body: sent })
        const bookId = Number(params.book_id)
        const made = await sendCreated(context, service.rate({ bookId, sent, caller, repeat }))
        set.headers['location'] = `/api/ratings/${bookId}/mine`
        return made
      },
      {
        access: 'member',
        params,
        query: t.Object({
          value: t.Optional(t.String({ pattern: '^([1-9]|10)$', description: '1 to 10' })),
          email: t.Optional(t.String({ pattern: emailPattern, maxLength: 255 })),
        }),
        body: t.Optional(NewRating),
        response: { 201: 'Rating', 400: 'Problem', 403: 'Problem', 409: 'Problem' },
        detail: {
          operationId: 'rateBook',
          summary: 'Rate a book, once; in the body or in the query',
          requestBody: { required: false, content: { 'application/json': { schema: newRating } } },
        },
      },
    )
}

function summaryRoutes({ get, summaries }: RatingsService) {
  return new Elysia({ prefix: '/api/ratings', tags: ['ratings'], normalize: false })
    .use(access)
    .use(models)
    .get('', ({ query }) => summaries.ofBooks(query.book_ids.split(',').map(Number)), {
      access: 'public',
      query: t.Object({
        book_ids: t.String({
          pattern: bookIdsPattern,
          description: 'Up to 200 numbers of books',
          examples: ['1,2,3'],
        }),
      }),
      response: { 200: 'RatingSummaryList' },
      detail: { operationId: 'listRatingSummaries', summary: 'The averages of many books at once' },
    })
    .get('/changes', ({ query }) => summaries.changedAfter(query.after ?? start), {
      access: { service: ['books'] },
      query: t.Object({
        after: t.Optional(
          t.String({
            pattern: '^\\d{1,16}\\.\\d{1,16}$',
            description: 'The `position` of the last answer',
          }),
        ),
      }),
      response: { 200: 'RatingChanges' },
      detail: {
        operationId: 'listRatingChanges',
        summary: 'Books whose ratings changed since a position, for services that keep a copy',
      },
    })
    .get(
      '/:book_id',
      async (context) => {
        const { summary, page } = await get(Number(context.params.book_id), context.query)
        return { ...summary, ratings: await sendPage(context, page) }
      },
      {
        access: 'public',
        params,
        query: t.Object(pageQuery),
        response: { 200: 'BookRatings', 400: 'Problem', 404: 'Problem' },
        detail: { operationId: 'getBookRatings', summary: 'What everybody thinks of a book' },
      },
    )
}

function ownRoutes({ getOwn, changeOwn, withdrawOwn }: RatingsService) {
  return new Elysia({ prefix: '/api/ratings/:book_id/mine', tags: ['ratings'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '',
      async (context) => {
        const { params, caller } = context
        return sendVersioned(context, await getOwn({ bookId: Number(params.book_id), caller }))
      },
      {
        access: 'member',
        params,
        response: { 200: 'Rating', 404: 'Problem' },
        detail: { operationId: 'getOwnRating', summary: "One's own rating" },
      },
    )
    .put(
      '',
      async (context) => {
        const { params, body, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        const own = { bookId: Number(params.book_id), caller, accepted }
        return sendVersioned(context, await changeOwn(own, body.value))
      },
      {
        access: 'member',
        params,
        body: 'RatingChange',
        response: { 200: 'Rating', 404: 'Problem', 412: 'Problem' },
        detail: { operationId: 'changeOwnRating', summary: "Change one's own rating" },
      },
    )
    .delete(
      '',
      async (context) => {
        const { params, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        await withdrawOwn({ bookId: Number(params.book_id), caller, accepted })
        return sendNothing(context)
      },
      {
        access: 'member',
        params,
        response: { 404: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'withdrawOwnRating',
          summary: "Withdraw one's own rating",
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}

export type RatingsApi = ReturnType<typeof ratings>
