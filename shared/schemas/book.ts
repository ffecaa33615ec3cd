import { Type, type Static } from '@sinclair/typebox'
import { Instant, text } from './primitive.ts'
import { problemOf } from './problem.ts'
import { BookRatings } from './rating.ts'

/** As much of a date as is known (ISO 8601, reduced precision): decision 090. */
const knownDate = (description: string) =>
  Type.Union([
    Type.String({
      pattern: '^\\d{4}(-\\d{2}(-\\d{2})?)?$',
      description: `${description}: a day, or only a month or a year`,
      examples: ['1813-01-28', '1813'],
    }),
    Type.Null(),
  ])
const ReleaseDate = knownDate('The release date')
const dates = {
  date_shelved: knownDate('When you first put it on a shelf'),
  date_read: knownDate('When you finished it'),
}

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
  release_date: ReleaseDate,
  page_count: Type.Union([PageCount, Type.Null()]),
  publisher: text(200),
  added_by: Type.String(),
  created: Instant,
  average_rating: Type.Union([Type.Number(), Type.Null()], {
    description: 'From a copy that is about a second old; null when nobody has rated it',
  }),
  ratings_count: Type.Integer(),
  shelf: Type.Union([Shelf, Type.Null()], { description: "The caller's own shelf" }),
  ...dates,
}

export const Book = Type.Object(book, { additionalProperties: false })
export type Book = Static<typeof Book>

export const BookExistsProblem = problemOf('book_exists', {
  book_id: Type.Optional(Type.Integer({ description: 'The existing book' })),
})

/** A book as exported, with the caller's shelf; it can be imported again. */
export const ExportedBook = Type.Pick(
  Book,
  [
    'id',
    'title',
    'author',
    'publisher',
    'page_count',
    'release_date',
    'shelf',
    'date_shelved',
    'date_read',
  ],
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
  release_date: Type.Optional(ReleaseDate),
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

const optionalDates = {
  date_shelved: Type.Optional(dates.date_shelved),
  date_read: Type.Optional(dates.date_read),
}

/** A book of an import: one of an export, perhaps with stars. Others of its members are ignored. */
export const ImportedBook = Type.Object(
  {
    id: Type.Optional(Type.Integer({ description: 'Ignored' })),
    ...NewBook.properties,
    shelf: Type.Optional(Type.Union([Shelf, Type.Null()])),
    ...optionalDates,
    my_rating: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 5,
        description: 'Stars, two points each; 0: none. An existing rating stays',
      }),
    ),
  },
  { additionalProperties: false },
)

export const NewShelf = Type.Object(
  { shelf: Shelf, ...optionalDates },
  {
    additionalProperties: false,
    description: 'Omitted dates stay as they are; `date_shelved` starts as the current day (UTC)',
    examples: [{ shelf: 'read', date_read: '2027-03-14' }],
  },
)
export type NewShelf = Static<typeof NewShelf>

export const ShelvedBook = Type.Object(
  { book_id: Type.Integer(), shelf: Shelf, ...dates },
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
            description: 'The line in the CSV, or the index in the JSON array',
          }),
          code: Type.String({ examples: ['duplicate', 'invalid', 'date_unreadable'] }),
          detail: Type.String(),
        },
        { additionalProperties: false },
      ),
      {
        description:
          'Why books were skipped, or imported without rating or date: the first thousand, at ' +
          'most 500 about ratings and one about dates; and where reading stopped',
      },
    ),
  },
  { additionalProperties: false },
)
export type ImportReport = Static<typeof ImportReport>
