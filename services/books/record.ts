import { Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { listFaults } from '../../shared/schema-fault.ts'
import { ImportedBook, type NewShelf, type Shelf } from '../../shared/schemas/book.ts'
import { findDateErrors, findErrors, toFields, type BookFields } from './book.ts'

/** One book of an import, or its fault. */
export type Incoming = { line: number } & (
  | { fields: BookFields; shelving: NewShelf | undefined; rating: number | undefined }
  | { problem: string }
)

const Checked = Type.Omit(ImportedBook, ['id', 'shelf', 'my_rating'])
const schema = TypeCompiler.Compile(Checked)
const names = Object.keys(Checked.properties)

/** Reads the known fields of a record, and ignores others. */
export function toIncoming(line: number, record: unknown): Incoming {
  if (typeof record !== 'object' || record === null) return { line, problem: 'It is no object.' }
  const { shelf: name, my_rating, ...others } = record as Record<string, unknown>
  const given = names.map((it) => [it, others[it]] as const)
  const book: unknown = Object.fromEntries(given.filter(([, value]) => value !== undefined))
  if (!schema.Check(book)) {
    const [fault] = listFaults(Checked, book)
    return { line, problem: `${fault?.path.join('.')}: ${fault?.detail}` }
  }
  const fields = toFields(book)
  const { date_shelved = null, date_read = null } = book
  const [error] = [...findErrors(fields), ...findDateErrors({ date_shelved, date_read })]
  if (error) return { line, problem: `${error.pointer.slice(2)}: ${error.detail}` }
  const shelf = toShelf(name)
  const shelving = shelf && { shelf, date_shelved, date_read }
  return { line, fields, shelving, rating: toRating(my_rating) }
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
  if (typeof given !== 'string' && typeof given !== 'number') return undefined
  const stars = Number(given)
  return stars >= 1 && stars <= 5 && Number.isInteger(stars) ? stars * 2 : undefined
}

/** What Goodreads calls a shelf. */
export const shelfNames: Record<Shelf, string> = {
  want: 'to-read',
  reading: 'currently-reading',
  read: 'read',
}
