import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing, sendVersioned } from '../../shared/answer.ts'
import { readChange, type Change } from '../../shared/version.ts'
import { changes, readsVersion, removes } from '../../shared/convention.ts'
import type { BookChange, NewBook } from '../../shared/schemas/book.ts'
import { bookNumberText } from '../../shared/schemas/rating.ts'
import { models } from './models.ts'
import type { BooksService } from './service.ts'

export const params = t.Object({ id: t.String(bookNumberText) })

/** One book: `/api/books/{id}`. */
export function bookRoutes({ get, change, remove }: BooksService) {
  return new Elysia({ prefix: '/api/books/:id', tags: ['books'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendVersioned(c, get(Number(c.params.id), c.caller)), {
      ...readsVersion('BookWithRatings', { getBook: 'Get a book with its ratings' }),
      access: 'member',
      params,
    })
    .patch('', (c) => sendVersioned(c, change(Number(c.params.id), readChange(c))), {
      ...changes('Book', { changeBook: 'Change fields of a book' }, { 409: 'BookExistsProblem' }),
      access: 'member',
      params,
      body: 'BookChange',
    })
    .put('', (c) => sendVersioned(c, change(Number(c.params.id), toWhole(readChange(c)))), {
      ...changes('Book', { replaceBook }, { 409: 'BookExistsProblem' }),
      access: 'member',
      params,
      body: 'NewBook',
    })
    .delete('', (c) => sendNothing(c, remove(Number(c.params.id), readChange(c))), {
      ...removes({ removeBook: 'Remove a book; only who added it, or an administrator' }, 403),
      access: 'owner',
      params,
    })
}

// Fields left out of a replacement are removed.
function toWhole({ body, ...change }: Change<NewBook>): Change<BookChange> {
  return { ...change, body: { release_date: null, page_count: null, publisher: '', ...body } }
}

const replaceBook = 'Replace all fields of a book'
