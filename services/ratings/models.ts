import { Elysia, t } from 'elysia'
import { Problem } from '../../shared/schemas/problem.ts'
import * as rating from '../../shared/schemas/rating.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'ratings models' }).model({
  BookRatings: rating.BookRatings,
  NewRating: t.Optional(rating.NewRating),
  Problem,
  Rating: rating.Rating,
  RatingChange: rating.RatingChange,
  RatingChanges: rating.RatingChanges,
  RatingSummary: rating.RatingSummary,
  RatingSummaryList: rating.RatingSummaryList,
})
