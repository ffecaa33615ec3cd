import { Type, type Static } from '@sinclair/typebox'
import { Instant, text } from './primitive.ts'
import { problemOf } from './problem.ts'
import { BookRatings } from './rating.ts'

const Day = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'A day as RFC 3339 writes it',
  'x-shown': { type: 'string', format: 'date', examples: ['1813-01-28'] },
})

const PageCount = Type.Integer({ minimum: 1, maximum: 100_000 })

/** The shelves of a reader. */
export const Shelf = Type.Union([
  Type.Literal('want'),
  Type.Literal('reading'),
  Type.Literal('read'),
])
export type Shelf = Static<typeof Shelf>

const book = {
  id: Type.Integer(),
  title: text(500),
  author: text(200),
  release_date: Type.Union([Day, Type.Null()]),
  page_count: Type.Union([PageCount, Type.Null()]),
  publisher: text(200),
  added_by: Type.String(),
  created: Instant,
  average_rating: Type.Union([Type.Number(), Type.Null()], {
    description: 'From a copy that is about a second old; null when nobody has rated it',
  }),
  ratings_count: Type.Integer(),
  shelf: Type.Union([Shelf, Type.Null()], { description: "The caller's own shelf" }),
}

export const Book = Type.Object(book, { additionalProperties: false })
export type Book = Static<typeof Book>

export const BookExistsProblem = problemOf('book_exists', {
  book_id: Type.Optional(Type.Integer({ description: 'The existing book' })),
})

/** A book as exported, with the caller's shelf; it can be imported again. */
export const ExportedBook = Type.Pick(
  Book,
  ['id', 'title', 'author', 'publisher', 'page_count', 'release_date', 'shelf'],
  { additionalProperties: false },
)
export type ExportedBook = Static<typeof ExportedBook>

export const BookList = Type.Array(Book)

/** A book with its current ratings. */
export const BookWithRatings = Type.Object(
  {
    ...book,
    ratings: Type.Union([BookRatings, Type.Null()], {
      description: 'The first page; null while the ratings are unavailable',
    }),
    ratings_available: Type.Boolean(),
  },
  { additionalProperties: false },
)
export type BookWithRatings = Static<typeof BookWithRatings>

const optional = {
  release_date: Type.Optional(Type.Union([Day, Type.Null()])),
  page_count: Type.Optional(Type.Union([PageCount, Type.Null()])),
  publisher: Type.Optional(text(200)),
}

export const NewBook = Type.Object(
  { title: text(500, 1), author: text(200, 1), ...optional },
  {
    additionalProperties: false,
    examples: [
      { title: 'Emma', author: 'Jane Austen', release_date: '1815-12-23', page_count: 474 },
    ],
  },
)
export type NewBook = Static<typeof NewBook>

export const BookChange = Type.Object(
  { title: Type.Optional(text(500, 1)), author: Type.Optional(text(200, 1)), ...optional },
  { additionalProperties: false, minProperties: 1, examples: [{ publisher: 'John Murray' }] },
)
export type BookChange = Static<typeof BookChange>

export const NewShelf = Type.Object(
  { shelf: Shelf },
  { additionalProperties: false, examples: [{ shelf: 'reading' }] },
)
export type NewShelf = Static<typeof NewShelf>

export const ShelvedBook = Type.Object(
  { book_id: Type.Integer(), shelf: Shelf },
  { additionalProperties: false },
)
export type ShelvedBook = Static<typeof ShelvedBook>

/** The outcome of each book of an import. */
export const ImportReport = Type.Object(
  {
    imported: Type.Integer(),
    skipped: Type.Integer(),
    problems: Type.Array(
      Type.Object(
        {
          line: Type.Integer({
            description: 'Where the record begins in the CSV; its place in the JSON array',
          }),
          code: Type.String({ examples: ['duplicate', 'invalid', 'unreadable'] }),
          detail: Type.String(),
        },
        { additionalProperties: false },
      ),
      {
        description:
          'Why something was skipped, or came without its rating: the first thousand, and where ' +
          'reading ended',
      },
    ),
  },
  { additionalProperties: false },
)
export type ImportReport = Static<typeof ImportReport>
