import { Type, type Static } from '@sinclair/typebox'
import { Id, text } from './primitive.ts'

const bookNumber = { minimum: 1, maximum: 999_999_999, description: "A book's number" }
const BookId = Type.Integer(bookNumber)
const value = { minimum: 1, maximum: 10 }
const Value = Type.Integer(value)

/** A book's number in a path: nine digits, so that both databases hold it. */
export const bookNumberText = {
  description: "A book's number",
  pattern: '^[1-9]\\d{0,8}$',
  'x-shown': { type: 'integer', ...bookNumber },
}

/** A rating in a query. */
export const ratingText = { pattern: '^([1-9]|10)$', 'x-shown': { type: 'integer', ...value } }

/** The form of an address, as far as it can be checked without sending mail. */
export const emailPattern = '^[^\\s@\\x00]+@[^\\s@\\x00]+$'
const Email = Type.String({ maxLength: 255, pattern: emailPattern })

/** A user's rating of a book. */
export const Rating = Type.Object(
  { id: Id, book_id: BookId, email: text(255), value: Value },
  { additionalProperties: false },
)
export type Rating = Static<typeof Rating>

/** All optional, as the query can have the same. */
export const NewRating = Type.Object(
  { value: Type.Optional(Value), email: Type.Optional(Email) },
  { additionalProperties: false, examples: [{ value: 8 }] },
)
export type NewRating = Static<typeof NewRating>

export const RatingChange = Type.Object(
  { value: Value },
  { additionalProperties: false, examples: [{ value: 9 }] },
)
export type RatingChange = Static<typeof RatingChange>

const summary = {
  book_id: BookId,
  average: Type.Union([Type.Number(), Type.Null()], {
    description: 'Rounded half up to two decimals; null when nobody has rated it',
  }),
  count: Type.Integer({ minimum: 0 }),
  histogram: Type.Record(Type.String(), Type.Integer(), {
    description: 'How many gave each value from 1 to 10',
  }),
}

/** The summary of a book's ratings. */
export const RatingSummary = Type.Object(summary, { additionalProperties: false })
export type RatingSummary = Static<typeof RatingSummary>

export const RatingSummaryList = Type.Array(RatingSummary)

/** The summary of a book's ratings, and the individual values without their users. */
export const BookRatings = Type.Object(
  {
    ...summary,
    ratings: Type.Array(Type.Object({ value: Value }, { additionalProperties: false }), {
      description: 'One page of them, oldest first; the `next` link has more',
    }),
  },
  { additionalProperties: false },
)
export type BookRatings = Static<typeof BookRatings>

/** Books whose ratings changed, and the position for the next request. */
export const RatingChanges = Type.Object(
  { changed: Type.Array(RatingSummary), position: Type.String() },
  { additionalProperties: false },
)
export type RatingChanges = Static<typeof RatingChanges>
