import { TypeCompiler } from '@sinclair/typebox/compiler'
import { listFaults } from '../../shared/schema-fault.ts'
import { NewBook, type Shelf } from '../../shared/schemas/book.ts'
import { findErrors, toFields, type BookFields } from './book.ts'

/** One book of an import, or its fault. */
export type Incoming = { line: number } & (
  | { fields: BookFields; shelf: Shelf | undefined; rating: number | undefined }
  | { problem: string }
)

const schema = TypeCompiler.Compile(NewBook)

/** Reads the known fields of a record, and ignores others. */
export function toIncoming(line: number, record: unknown): Incoming {
  if (typeof record !== 'object' || record === null) return { line, problem: 'It is no object.' }
  const { title, author, release_date, page_count, publisher, shelf, my_rating } = record as Record<
    string,
    unknown
  >
  const given = { title, author, release_date, page_count, publisher }
  const book: unknown = JSON.parse(JSON.stringify(given)) // without what is undefined
  if (!schema.Check(book)) {
    const [fault] = listFaults(NewBook, book)
    return { line, problem: `${fault?.path.join('.')}: ${fault?.detail}` }
  }
  const fields = toFields(book)
  const [error] = findErrors(fields)
  if (error) return { line, problem: `${error.pointer.slice(2)}: ${error.detail}` }
  return { line, fields, shelf: toShelf(shelf), rating: toRating(my_rating) }
}

// Our names and those of Goodreads.
const shelves = new Map<string, Shelf>([
  ['want', 'want'],
  ['to-read', 'want'],
  ['reading', 'reading'],
  ['currently-reading', 'reading'],
  ['read', 'read'],
])

function toShelf(given: unknown): Shelf | undefined {
  return typeof given === 'string' ? shelves.get(given.trim().toLowerCase()) : undefined
}

// Goodreads has up to five stars, and none for what is not rated.
function toRating(given: unknown): number | undefined {
  return typeof given === 'string' && /^[1-5]$/.test(given.trim()) ? Number(given) * 2 : undefined
}

/** What Goodreads calls a shelf. */
export const shelfNames: Record<Shelf, string> = {
  want: 'to-read',
  reading: 'currently-reading',
  read: 'read',
}
