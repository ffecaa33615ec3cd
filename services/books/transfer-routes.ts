import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import type { Export } from './export.ts'
import { models } from './models.ts'
import type { BooksService } from './service.ts'

const books = { type: 'array', items: { $ref: '#/components/schemas/NewBook' } } as const

/** Many books at once, in and out. */
export function transferRoutes({ importBooks, exportBooks }: BooksService) {
  return new Elysia({ prefix: '/api/books', tags: ['books'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '/import',
      ({ request, caller }) =>
        importBooks({
          body: request.body,
          contentType: request.headers.get('content-type'),
          caller,
        }),
      {
        access: 'member',
        parse: 'none',
        response: { 200: 'ImportReport', 400: 'Problem', 413: 'Problem', 415: 'Problem' },
        detail: {
          operationId: 'importBooks',
          summary: 'Add books from CSV, such as the export of Goodreads, or from JSON',
          requestBody: {
            required: true,
            content: {
              'text/csv': { schema: { type: 'string' } },
              'application/json': { schema: books },
            },
          },
        },
      },
    )
    .get('/export', ({ query, caller }) => toResponse(exportBooks(query.format ?? 'csv', caller)), {
      access: 'member',
      query: t.Object({ format: t.Optional(t.Union([t.Literal('csv'), t.Literal('json')])) }),
      detail: {
        operationId: 'exportBooks',
        summary: 'All books and the shelves one keeps them on, for import elsewhere',
        responses: {
          200: {
            description: 'OK',
            content: {
              'text/csv': { schema: { type: 'string' } },
              'application/json': { schema: books },
            },
          },
        },
      },
    })
}

function toResponse({ type, text }: Export): Response {
  const extension = type.startsWith('text/csv') ? 'csv' : 'json'
  const utf8 = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await text.next()
      if (done) controller.close()
      else controller.enqueue(utf8.encode(value))
    },
    cancel: async () => void (await text.return(undefined)),
  })
  return new Response(body, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="books.${extension}"`,
    },
  })
}
