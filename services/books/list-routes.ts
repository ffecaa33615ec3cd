import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreated, sendPage } from '../../shared/answer.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { models } from './models.ts'
import type { BooksService } from './service.ts'

const oneOf = <const Name extends string>(...names: Name[]) =>
  t.Optional(t.Union(names.map((name) => t.Literal(name))))

const query = t.Object({
  ...pageQuery,
  q: t.Optional(
    t.String({
      maxLength: 200,
      description: 'Every word of it begins a word of title, author or publisher',
      examples: ['prejud aust'],
    }),
  ),
  shelf: oneOf('want', 'reading', 'read'),
  sort: oneOf('title', 'author', 'release_date', 'rating'),
  order: oneOf('asc', 'desc'),
})

/** The list as a whole: `/api/books`. */
export function listRoutes(service: BooksService) {
  return new Elysia({ prefix: '/api/books', tags: ['books'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '',
      async (context) => sendPage(context, await service.list(context.query, context.caller)),
      {
        access: 'member',
        query,
        response: { 200: 'BookList', 400: 'Problem' },
        detail: {
          operationId: 'listBooks',
          summary: 'Books by title, or as asked; best rated first with sort=rating',
        },
      },
    )
    .post(
      '',
      async (context) => {
        const { body, caller } = context
        return sendCreated(context, await service.add(body, caller, readRepeatKey(context)))
      },
      {
        access: 'member',
        body: 'NewBook',
        response: { 201: 'Book', 404: 'Problem', 409: 'Problem' },
        detail: { operationId: 'addBook', summary: 'Put a book on the list' },
      },
    )
}
