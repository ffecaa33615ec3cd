import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import { bookNumberPattern } from '../../shared/schemas/rating.ts'
import { models } from './models.ts'
import type { BooksService } from './service.ts'

const params = t.Object({ id: t.String({ pattern: bookNumberPattern }) })
const passedOn = ['authorization', 'idempotency-key'] as const

/** What a reader does with a book: rates it, keeps it on a shelf. */
export function readerRoutes({ rate, shelves }: BooksService) {
  return new Elysia({ prefix: '/api/books/:id', tags: ['books'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '/ratings',
      async ({ params, body, caller, headers: given, set }) => {
        const number = Number(params.id)
        const headers = Object.fromEntries(
          passedOn.flatMap((name) => (given[name] ? [[name, given[name]]] : [])),
        )
        const rating = await rate({ number, value: body.value, caller, headers })
        set.status = 201
        set.headers['location'] = `/api/ratings/${number}/mine`
        return rating
      },
      {
        access: 'member',
        params,
        body: 'RatingChange',
        response: { 201: 'Rating', 404: 'Problem', 409: 'Problem' },
        detail: { operationId: 'rateListedBook', summary: 'Rate a book of the list, once' },
      },
    )
    .put(
      '/shelf',
      ({ params, body, caller }) => shelves.put(caller, Number(params.id), body.shelf),
      {
        access: 'member',
        params,
        body: 'NewShelf',
        response: { 200: 'ShelvedBook', 404: 'Problem' },
        detail: { operationId: 'shelveBook', summary: "Put it on a shelf of one's own" },
      },
    )
    .delete(
      '/shelf',
      async (context) => {
        await shelves.clear(context.caller, Number(context.params.id))
        return sendNothing(context)
      },
      {
        access: 'member',
        params,
        detail: {
          operationId: 'unshelveBook',
          summary: "Take it off one's shelf",
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}
