import type { ProblemCode } from '../../shared/problem-code.ts'
import type { Info } from 'csv-parse'
import { pipeline, Readable } from 'node:stream'
import { fromCsvField } from '../../shared/csv.ts'
import { ProblemError } from '../../shared/problem.ts'
import { toIncoming, type Incoming } from './record.ts'

// Our column names and those of Goodreads' export; case and underscores are ignored.
const columns = new Map([
  ['title', 'title'],
  ['author', 'author'],
  ['publisher', 'publisher'],
  ['release date', 'release_date'],
  ['original publication year', 'year'],
  ['year published', 'edition_year'],
  ['number of pages', 'page_count'],
  ['page count', 'page_count'],
  ['shelf', 'shelf'],
  ['exclusive shelf', 'shelf'],
  ['date added', 'date_shelved'],
  ['date shelved', 'date_shelved'],
  ['date read', 'date_read'],
  ['my rating', 'my_rating'],
])

// Goodreads' export has 24. Each one costs time for every record.
const columnsMax = 200

// Goodreads' records contain whole reviews. An unclosed quote must not swallow the file.
const recordCharactersMax = 256 * 1024

/** Reads CSV (RFC 4180) with a line of headings, record by record, lenient with stray quotes. */
export async function* readCsv(text: AsyncIterable<string>): AsyncGenerator<Incoming> {
  // Loaded by the first import, not at each start.
  const { CsvError, parse } = await import('csv-parse')
  let headings: Heading[] | undefined
  let fault: unknown
  const unreadable: Incoming[] = []
  const source = untilFault()
  const start = await readStart(source)
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(start),
    columns: (names: string[]) => (headings = readFirstLine(names)),
    info: true,
    max_record_size: recordCharactersMax,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error) unreadable.push({ line: Number(error.lines ?? 0), problem: error.message })
    },
  })
  // An unreadable line is skipped; only the first line has headings.
  function readFirstLine(names: string[]): Heading[] {
    const [first] = unreadable
    if (first && 'problem' in first) throw unreadableCsv(first.problem)
    return readHeadings(names)
  }
  // A fault of the source must not lose what the parser has already read.
  async function* untilFault() {
    try {
      yield* text
    } catch (error) {
      fault = error
    }
  }
  // Its errors come out of the parser.
  pipeline(Readable.from(follow(start, source)), parser, () => {})
  let before = 1
  let held: Incoming | undefined
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      yield* unreadable.splice(0)
      if (held) yield held
      held = toIncoming(before + 1, toValues(record))
      before = info.lines
    }
  } catch (error) {
    fault ??= error instanceof CsvError ? unreadableCsv(error.message) : error
  }
  // The last record before a fault may be incomplete.
  if (fault !== undefined) throw fault
  if (!headings) readFirstLine([])
  yield* unreadable
  if (held) yield held
}

/** The text up to the end of its first line, and what came with that. */
async function readStart(text: AsyncIterator<string>): Promise<string> {
  let start = ''
  let isBegun = false
  while (start.length < recordCharactersMax) {
    const { done, value } = await text.next()
    if (done) break
    start += value
    // Each piece is looked at once, or a long line would cost the square of its length.
    const line: string = isBegun ? value : value.trimStart()
    isBegun ||= line !== ''
    if (/[\n\r]/.test(line)) break
  }
  return start
}

// Spreadsheets in many countries part columns by semicolons.
function delimiterOf(start: string): string {
  const line = /\S[^\n\r]*/.exec(start)?.[0] ?? ''
  return line.split(';').length > line.split(',').length ? ';' : ','
}

async function* follow(start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield start
  yield* rest
}

type Heading = string | undefined

interface Parsed {
  record: Partial<Record<string, string>>
  info: Info
}

function readHeadings(headings: string[]): Heading[] {
  if (headings.length > columnsMax) throw tooManyColumns()
  const names = headings.map((heading) =>
    columns.get(
      heading
        .trim()
        .toLowerCase()
        .replace(/[_\s]+/g, ' '),
    ),
  )
  const missing = ['title', 'author'].filter((name) => !names.includes(name))
  if (missing.length === 0) return names
  throw malformed(
    'csv_headings_missing',
    `The first line must name the columns; there is no ${missing.join(' and no ')}.`,
  )
}

function toValues(record: Parsed['record']): Record<string, unknown> {
  const { page_count, release_date, year, edition_year, date_shelved, date_read, ...rest } = record
  const text = Object.entries(rest).map(([name, value = '']) => [name, fromCsvField(value)])
  return {
    ...Object.fromEntries(text),
    release_date: release_date?.trim() || toYear(year) || toYear(edition_year) || null,
    page_count: toPageCount(page_count),
    date_shelved: toDate(date_shelved),
    date_read: toDate(date_read),
  }
}

// There are books from before the year 1; a date of the API has no such year.
function toYear(year = ''): string | undefined {
  const [digits] = /^\d{1,4}$/.exec(year.trim()) ?? []
  return digits && Number(digits) > 0 ? digits.padStart(4, '0') : undefined
}

// Goodreads writes 2020/01/31.
function toDate(text = ''): string | null {
  return text.trim().replaceAll('/', '-') || null
}

function toPageCount(text = ''): number | string | null {
  const digits = text.trim()
  if (digits === '' || digits === '0') return null
  return /^\d{1,9}$/.test(digits) ? Number(digits) : digits
}

function unreadableCsv(message: string): ProblemError {
  return malformed('csv_malformed', `The CSV cannot be read: ${message}.`)
}

function malformed(code: ProblemCode, detail: string): ProblemError {
  return new ProblemError({ status: 400, code, detail })
}

function tooManyColumns(): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'too_many_columns',
    detail: `The first line may name at most ${columnsMax} columns.`,
  })
}
