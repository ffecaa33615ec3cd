import type { Caller } from '../../shared/access.ts'
import { toCsvLine } from '../../shared/csv.ts'
import { toBook, type FoundBook } from './book.ts'
import type { ExportedBook } from '../../shared/schemas/book.ts'
import type { createList } from './list.ts'
import { shelfNames } from './record.ts'

export type ExportFormat = 'csv' | 'json'

export interface Export {
  type: string
  /** Pieces of text, each of many books. */
  text: AsyncGenerator<string>
}

/** The whole list with the caller's shelves, in a form that an import understands. */
export function createExport({ all }: ReturnType<typeof createList>) {
  return (format: ExportFormat, caller: Caller): Export =>
    format === 'csv'
      ? { type: 'text/csv; charset=utf-8; header=present', text: toCsv(all(caller)) }
      : { type: 'application/json', text: toJson(all(caller)) }
}

const headings = [
  'Book Id',
  'Title',
  'Author',
  'Publisher',
  'Number of Pages',
  'Release Date',
  'Exclusive Shelf',
  'Date Added',
  'Date Read',
]

async function* toCsv(steps: AsyncGenerator<FoundBook[]>): AsyncGenerator<string> {
  yield toCsvLine(headings)
  for await (const rows of steps) yield rows.map(toRecord).join('')
}

function toRecord(row: FoundBook): string {
  const { id, title, author, publisher, page_count, release_date, ...own } = toItem(row)
  const { shelf, date_shelved, date_read } = own
  const name = shelf === null ? '' : shelfNames[shelf]
  const numbers = [page_count === null ? '' : String(page_count), release_date ?? '']
  const dates = [date_shelved ?? '', date_read ?? '']
  return toCsvLine([String(id), title, author, publisher, ...numbers, name, ...dates])
}

async function* toJson(steps: AsyncGenerator<FoundBook[]>): AsyncGenerator<string> {
  let separator = '[\n'
  for await (const rows of steps) {
    yield separator + rows.map((row) => JSON.stringify(toItem(row))).join(',\n')
    separator = ',\n'
  }
  yield separator === ',\n' ? '\n]\n' : '[]\n'
}

function toItem(row: FoundBook): ExportedBook {
  const { id, title, author, publisher, page_count, release_date, ...more } = toBook(row)
  const { shelf, date_shelved, date_read } = more
  const own = { shelf, date_shelved, date_read }
  return { id, title, author, publisher, page_count, release_date, ...own }
}
