import { Elysia } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendCreatedVersionAt, sendNothing } from '../../shared/answer.ts'
import { answers, createsVersion, does } from '../../shared/convention.ts'
import { params } from './book-routes.ts'
import { models } from './models.ts'
import type { BooksService } from './service.ts'

/** A reader's actions: rating a book, and keeping it on a shelf. */
export function readerRoutes({ rate, shelves }: BooksService) {
  return new Elysia({ prefix: '/api/books/:id', tags: ['books'], normalize: false })
    .use(access)
    .use(models)
    .post('/ratings', (c) => sendCreatedVersionAt(c, rate(readRating(c)), toPath), {
      ...createsVersion('Rating', { rateListedBook: 'Rate a book, once' }, 404, 409),
      access: 'member',
      params,
      body: 'RatingChange',
    })
    .put('/shelf', (c) => shelves.put(c.caller, Number(c.params.id), c.body), {
      ...answers('ShelvedBook', { shelveBook: 'Put a book on a shelf' }, 404),
      access: 'member',
      params,
      body: 'NewShelf',
    })
    .delete('/shelf', (c) => sendNothing(c, shelves.clear(c.caller, Number(c.params.id))), {
      ...does({ unshelveBook: 'Take a book off your shelf' }),
      access: 'member',
      params,
    })
}

interface RatingRequest {
  params: { id: string }
  body: { value: number }
  caller: Caller
  headers: Record<string, string | undefined>
}

const passedOn = ['authorization', 'idempotency-key'] as const

function readRating({ params, body, caller, headers: given }: RatingRequest) {
  const headers = Object.fromEntries(
    passedOn.flatMap((name) => (given[name] ? [[name, given[name]]] : [])),
  )
  return { number: Number(params.id), value: body.value, caller, headers }
}

// It belongs to the ratings service.
function toPath({ book_id }: { book_id: number }): string {
  return `/api/ratings/${book_id}/mine`
}
