import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedVersion, sendPage } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { createsVersion, lists } from '../../shared/convention.ts'
import { models } from './models.ts'
import type { BooksService } from './service.ts'

const oneOf = <const Name extends string>(...names: Name[]) =>
  t.Optional(t.Union(names.map((name) => t.Literal(name))))

const query = t.Object({
  ...pageQuery,
  q: t.Optional(
    t.String({
      maxLength: 200,
      description: 'Each word must begin a word of title, author or publisher',
      examples: ['prejud aust'],
    }),
  ),
  shelf: oneOf('want', 'reading', 'read'),
  sort: oneOf('title', 'author', 'release_date', 'rating'),
  order: oneOf('asc', 'desc'),
})

/** The list as a whole: `/api/books`. */
export function listRoutes({ list, add }: BooksService) {
  return new Elysia({ prefix: '/api/books', tags: ['books'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, list(c.query, c.caller)), {
      ...lists('BookList', {
        listBooks: [
          'List books, by title unless `sort` is given',
          'Sorted by rating, the best come first.',
        ],
      }),
      access: 'member',
      query,
    })
    .post('', (c) => sendCreatedVersion(c, add(readCreation(c))), {
      ...createsVersion('Book', { addBook: 'Add a book' }, 404, { 409: 'BookExistsProblem' }),
      access: 'member',
      body: 'NewBook',
    })
}
