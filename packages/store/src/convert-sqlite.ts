import { Database } from 'bun:sqlite'
import { bytesToId, instantToText, integerToInstant } from './encoding.ts'
import type { Table } from './backup-postgres.ts'

const linesPerBlock = 1000

/**
 * The rows of a SQLite table in the text format of PostgreSQL's `COPY`.
 * @throws Error when the PostgreSQL table lacks one of its columns, unless there are no rows
 */
export function* readCopyLines(file: string, { name, columns }: Table): Generator<string> {
  using database = new Database(file, { readonly: true })
  if (database.query(`SELECT 1 FROM "${name}" LIMIT 1`).get() === null) return
  const there = database.query<{ name: string }, [string]>('SELECT name FROM pragma_table_info(?)')
  const lost = there.all(name).find((column) => !columns.some((own) => own.name === column.name))
  if (lost) throw new Error(`PostgreSQL has no place for ${name}.${lost.name}`)
  const selected = columns.map((column) => `"${column.name}"`).join(', ')
  const rows = database.query<Record<string, Value>, []>(`SELECT ${selected} FROM "${name}"`)
  let block = ''
  let lines = 0
  for (const row of rows.iterate()) {
    const values = columns.map((column) => toText(row[column.name] ?? null, column.type))
    block += `${values.join('\t')}\n`
    if (++lines % linesPerBlock !== 0) continue
    yield block
    block = ''
  }
  yield block
}

type Value = string | number | Uint8Array | null

function toText(value: Value, type: string): string {
  if (value === null) return '\\N'
  if (value instanceof Uint8Array) {
    return type === 'uuid' ? bytesToId(value) : `\\\\x${value.toHex()}`
  }
  if (type === 'timestamp with time zone') return instantToText(integerToInstant(Number(value)))
  return String(value).replace(/[\\\t\n\r]/g, (character) => escaped[character] ?? character)
}

const escaped: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
