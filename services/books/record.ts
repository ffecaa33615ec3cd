import { Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { listFaults } from '../../shared/schema-fault.ts'
import { ImportedBook, type NewShelf, type Shelf } from '../../shared/schemas/book.ts'
import { findDateErrors, findErrors, toFields, type BookFields } from './book.ts'

/** One book of an import, or its fault. */
export type Incoming = { line: number } & (
  | {
      fields: BookFields
      shelving: NewShelf | undefined
      rating: number | undefined
      /** Why a date of its reader was left out. */
      note: string | undefined
    }
  | { problem: string }
)

const Checked = Type.Omit(ImportedBook, ['id', 'shelf', 'my_rating', 'date_shelved', 'date_read'])
const schema = TypeCompiler.Compile(Checked)
const names = Object.keys(Checked.properties)
const dateSchema = TypeCompiler.Compile(ImportedBook.properties.date_read)

/** Reads the known fields of a record, and ignores others. */
export function toIncoming(line: number, record: unknown): Incoming {
  if (typeof record !== 'object' || record === null) return { line, problem: 'It is no object.' }
  const {
    shelf: name,
    my_rating,
    date_shelved,
    date_read,
    ...others
  } = record as Record<string, unknown>
  const given = names.map((it) => [it, others[it]] as const)
  const book: unknown = Object.fromEntries(given.filter(([, value]) => value !== undefined))
  if (!schema.Check(book)) {
    const [fault] = listFaults(Checked, book)
    return { line, problem: `${fault?.path.join('.')}: ${fault?.detail}` }
  }
  const fields = toFields(book)
  const [error] = findErrors(fields)
  if (error) return { line, problem: `${error.pointer.slice(2)}: ${error.detail}` }
  const shelf = toShelf(name)
  const { dates, note } = toDates({ date_shelved, date_read })
  return { line, fields, shelving: shelf && { shelf, ...dates }, rating: toRating(my_rating), note }
}

type Dates = Pick<NewShelf, 'date_shelved' | 'date_read'>

// Spreadsheets write them as people do where they are, and which day is meant is not known.
function toDates(given: Record<keyof Dates, unknown>): { dates: Dates; note: string | undefined } {
  const dates: Dates = {}
  let note: string | undefined
  for (const name of ['date_shelved', 'date_read'] as const) {
    const date = given[name]
    if (dateSchema.Check(date) && findDateErrors({ [name]: date }).length === 0) dates[name] = date
    else if (date !== undefined) note = `${name} was left out: it must be like 2020-01-31.`
  }
  return { dates, note }
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
