import { hash } from 'node:crypto'
import { fold, toKey } from '../../shared/fold.ts'
import { readInstant, toInstant } from '../../shared/instant.ts'
import { invalid, type FieldError } from '../../shared/problem.ts'
import type { Book, NewBook, Shelf } from '../../shared/schemas/book.ts'
import { unknownDate, type BookRow } from './tables.ts'
import { toIndex } from './words.ts'

/** The complete fields of a book, as sent by a caller. */
export type BookFields = Required<NewBook>

/** The stored fields, and those to search and sort by. */
export type BookColumns = Pick<
  BookRow,
  | 'title'
  | 'author'
  | 'release_date'
  | 'release_known'
  | 'page_count'
  | 'publisher'
  | 'title_key'
  | 'author_key'
  | 'words'
  | 'identity'
>

/** The part of a row that goes over the wire, with the caller's shelf. */
export type FoundBook = Pick<
  BookRow,
  | 'number'
  | 'title'
  | 'author'
  | 'release_date'
  | 'release_known'
  | 'page_count'
  | 'publisher'
  | 'added_by'
  | 'created'
  | 'version'
  | 'ratings_count'
  | 'average_hundredths'
> & { shelf: string | null; date_shelved: string | null; date_read: string | null }

const dayLength = 10

/** Fills in what was left out. */
export function toFields(body: NewBook): BookFields {
  const { release_date = null, page_count = null, publisher = '' } = body
  return {
    title: body.title.trim(),
    author: body.author.trim(),
    release_date,
    page_count,
    publisher: publisher.trim(),
  }
}

/** The faults of a book that a schema cannot express. */
export function findErrors({ title, author, release_date }: BookFields): FieldError[] {
  const errors: FieldError[] = []
  if (title === '') errors.push({ pointer: '#/title', detail: 'It must not be blank.' })
  if (author === '') errors.push({ pointer: '#/author', detail: 'It must not be blank.' })
  return [...errors, ...findDateErrors({ release_date })]
}

/** Those of these dates that do not exist, by their names. */
export function findDateErrors(dates: Record<string, string | null | undefined>): FieldError[] {
  return Object.entries(dates).flatMap(([name, date]) => {
    const isThere = !date || readInstant(`${toFirstDay(date)}T00:00Z`) !== undefined
    return isThere ? [] : [{ pointer: `#/${name}`, detail: 'This date does not exist.' }]
  })
}

const firstDay = '-01-01'

/** The first day of a year, of a month, or the day. */
function toFirstDay(date: string): string {
  return date + firstDay.slice(date.length - 4)
}

/** @throws 422 naming every field that cannot be accepted */
export function requireBook(fields: BookFields): BookColumns {
  const errors = findErrors(fields)
  if (errors.length > 0) throw invalid(errors)
  return toColumns(fields)
}

export function toColumns(fields: BookFields): BookColumns {
  const { title, author, publisher, release_date, page_count } = fields
  return {
    title,
    author,
    publisher,
    page_count,
    release_date: release_date === null ? unknownDate : toFirstDay(release_date),
    release_known: release_date?.length ?? dayLength,
    ...foldBook(fields),
  }
}

/** The fields for sorting, searching and uniqueness. */
export function foldBook(book: Pick<BookFields, 'title' | 'author' | 'publisher'>) {
  const { title, author, publisher } = book
  return {
    title_key: toKey(title),
    author_key: toKey(author),
    words: toIndex(`${title} ${author} ${publisher}`),
    identity: toIdentity(book),
  }
}

/** Books with the same title and author are the same, regardless of case and accents. */
export function toIdentity({ title, author }: Pick<BookFields, 'title' | 'author'>): string {
  const folded = JSON.stringify([fold(title), fold(author)])
  return hash('sha256', folded, 'hex')
}

export function toBook(row: FoundBook): Book {
  const { number: id, title, author, page_count, publisher, added_by, ratings_count } = row
  const { shelf, date_shelved, date_read } = row
  return {
    id,
    title,
    author,
    release_date: toReleaseDate(row),
    page_count,
    publisher,
    added_by,
    created: toInstant(row.created) ?? '',
    average_rating: row.average_hundredths === null ? null : row.average_hundredths / 100,
    ratings_count,
    shelf: shelf as Shelf | null,
    date_shelved,
    date_read,
  }
}

type Released = Pick<BookRow, 'release_date' | 'release_known'>

export function toReleaseDate({ release_date, release_known }: Released): string | null {
  if (release_date === unknownDate) return null
  const known = release_date.slice(0, release_known)
  // An earlier version changes the day only.
  return toFirstDay(known) === release_date ? known : release_date
}
