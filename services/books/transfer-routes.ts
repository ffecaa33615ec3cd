import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { attachmentHeaders, streamFile } from '../../shared/answer.ts'
import type { Export } from './export.ts'
import type { ImportRequest } from './import.ts'
import { models } from './models.ts'
import type { BooksService } from './service.ts'

const listOf = (model: string) => ({
  'text/csv': { schema: { type: 'string' as const } },
  'application/json': {
    schema: { type: 'array' as const, items: { $ref: `#/components/schemas/${model}` } },
  },
})
const imported = listOf('ImportedBook')
const exported = listOf('ExportedBook')
const format = t.Optional(t.Union([t.Literal('csv'), t.Literal('json')]))

/** Many books at once, in and out. */
export function transferRoutes({ importBooks, exportBooks }: BooksService) {
  return new Elysia({ prefix: '/api/books', tags: ['books'], normalize: false })
    .use(access)
    .use(models)
    .post('/import', ({ request, caller }) => importBooks(readImport(request, caller)), {
      access: 'member',
      parse: 'none',
      response: { 200: 'ImportReport', 400: 'Problem', 413: 'Problem', 415: 'Problem' },
      detail: {
        operationId: 'importBooks',
        summary: 'Add books from CSV, such as an export of Goodreads, or from JSON',
        requestBody: { required: true, content: imported },
      },
    })
    .get('/export', ({ query, caller }) => toResponse(exportBooks(query.format ?? 'csv', caller)), {
      access: 'member',
      query: t.Object({ format }),
      detail: {
        operationId: 'exportBooks',
        summary: 'Export all books, with your shelves, as CSV or JSON',
        responses: { 200: { description: 'OK', content: exported, headers: attachmentHeaders } },
      },
    })
}

function readImport({ body, headers: given }: Request, caller: Caller): ImportRequest {
  const headers = { authorization: given.get('authorization') ?? '' }
  return { body, contentType: given.get('content-type'), caller, headers }
}

function toResponse({ type, text }: Export): Response {
  const extension = type.startsWith('text/csv') ? 'csv' : 'json'
  return streamFile(text, { type, name: `books.${extension}` })
}
