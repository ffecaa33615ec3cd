import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendCreatedVersionAt, sendNothing, sendVersioned } from '../../shared/answer.ts'
import { readChange } from '../../shared/version.ts'
import { readCreation, type Creation, type IdempotentRequest } from '../../shared/idempotency.ts'
import { changes, createsVersion, readsVersion, removes } from '../../shared/convention.ts'
import {
  bookNumberText,
  emailPattern,
  ratingText,
  type NewRating,
} from '../../shared/schemas/rating.ts'
import { models } from './models.ts'
import type { RatingsService } from './service.ts'

/** The number of a book in a path, whether or not it exists. */
export const params = t.Object({ book_id: t.String(bookNumberText) })

const query = t.Object({
  value: t.Optional(t.String({ ...ratingText, description: '1 to 10' })),
  email: t.Optional(t.String({ pattern: emailPattern, maxLength: 255 })),
})

/** Rating a book, `/api/ratings/{book_id}`, and one's own rating of it, `…/mine`. */
export function ratingRoutes({ rate, getOwn, changeOwn, withdrawOwn }: RatingsService) {
  return new Elysia({ prefix: '/api/ratings/:book_id', tags: ['ratings'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '',
      (c) => sendCreatedVersionAt(c, rate(Number(c.params.book_id), readRating(c)), toPath),
      {
        ...createsVersion('Rating', { rateBook }, 400, 403, 409),
        access: 'member',
        params,
        query,
        body: 'NewRating',
      },
    )
    .get('/mine', (c) => sendVersioned(c, getOwn(Number(c.params.book_id), c.caller)), {
      ...readsVersion('Rating', { getOwnRating: 'Get your rating of a book' }),
      access: 'member',
      params,
    })
    .put('/mine', (c) => sendVersioned(c, changeOwn(Number(c.params.book_id), readChange(c))), {
      ...changes('Rating', { changeOwnRating: 'Change your rating of a book' }),
      access: 'member',
      params,
      body: 'RatingChange',
    })
    .delete('/mine', (c) => sendNothing(c, withdrawOwn(Number(c.params.book_id), readChange(c))), {
      ...removes({ withdrawOwnRating: 'Withdraw your rating of a book' }),
      access: 'member',
      params,
    })
}

interface RatingRequest extends IdempotentRequest {
  query: { value?: string; email?: string }
  body: NewRating | null
  caller: Caller
}

// The body takes precedence over the query.
function readRating(context: RatingRequest): Creation<NewRating> {
  const { value, email } = context.query
  const said = { ...(value && { value: Number(value) }), ...(email && { email }) }
  return readCreation({ ...context, body: { ...said, ...context.body } })
}

// The same path for everyone, each with their own rating.
function toPath({ book_id }: { book_id: number }): string {
  return `/api/ratings/${book_id}/mine`
}

const rateBook = 'Rate a book, once; in the body or in the query'
