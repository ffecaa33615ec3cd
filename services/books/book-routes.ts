import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing, sendVersioned } from '../../shared/answer.ts'
import { readIfMatch } from '../../shared/etag.ts'
import { bookNumberPattern } from '../../shared/schemas/rating.ts'
import { models } from './models.ts'
import type { BooksService } from './service.ts'

const params = t.Object({ id: t.String({ pattern: bookNumberPattern }) })

/** One book: `/api/books/{id}`. */
export function bookRoutes({ get, change, remove }: BooksService) {
  const changing = {
    access: 'member',
    params,
    response: { 200: 'Book', 404: 'Problem', 409: 'Problem', 412: 'Problem' },
  } as const
  return new Elysia({ prefix: '/api/books/:id', tags: ['books'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '',
      async (context) => {
        const { params, caller } = context
        return sendVersioned(context, await get(Number(params.id), caller))
      },
      {
        access: 'member',
        params,
        response: { 200: 'BookWithRatings', 404: 'Problem' },
        detail: { operationId: 'getBook', summary: 'One book and what readers think of it' },
      },
    )
    .patch(
      '',
      async (context) => {
        const { params, body, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        return sendVersioned(
          context,
          await change({ number: Number(params.id), body, caller, accepted }),
        )
      },
      {
        ...changing,
        body: 'BookChange',
        detail: { operationId: 'changeBook', summary: 'Correct some of it' },
      },
    )
    .put(
      '',
      async (context) => {
        const { params, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        const body = { release_date: null, page_count: null, publisher: '', ...context.body }
        return sendVersioned(
          context,
          await change({ number: Number(params.id), body, caller, accepted }),
        )
      },
      {
        ...changing,
        body: 'NewBook',
        detail: { operationId: 'replaceBook', summary: 'Write it anew; it stays the same book' },
      },
    )
    .delete(
      '',
      async (context) => {
        const { params, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        await remove({ number: Number(params.id), caller, accepted })
        return sendNothing(context)
      },
      {
        access: 'owner',
        params,
        response: { 403: 'Problem', 404: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'removeBook',
          summary: 'Take it off the list: who added it, or an administrator',
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}
