import { Elysia } from 'elysia'
import type { Context } from '../../shared/context.ts'
import { ratingRoutes } from './rating-routes.ts'
import { ratingsService } from './service.ts'
import { summaryRoutes } from './summary-routes.ts'

/** What users think of books: one rating per user and book. */
export function ratings(context: Context) {
  const service = ratingsService(context)
  return new Elysia({ name: 'ratings', tags: ['ratings'], normalize: false })
    .use(summaryRoutes(service))
    .use(ratingRoutes(service))
}

export type RatingsApi = ReturnType<typeof ratings>
