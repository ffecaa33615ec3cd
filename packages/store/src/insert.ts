import { getTableColumns, getTableName, sql, type Column, type SQL, type Table } from 'drizzle-orm'
import type { BatchStatement, InputKind } from './batch.ts'
import { memoize } from './memoize.ts'
import { placeholder } from './columns.ts'
import type { Store } from './store.ts'
import type { Filled } from './template.ts'

interface KindTypes {
  id: string
  instant: number
  integer: number
  text: string
}

type Row<T extends Table> = T['$inferSelect']

/** What a batch needs for each row: every column of the table except those named separately. */
type InsertRow<
  T extends Table,
  Apart extends keyof Row<T>,
  Given extends Record<string, InputKind>,
> = Omit<Row<T>, Apart> & { [Name in keyof Given]: KindTypes[Given[Name]] }

interface Insert<T extends Table, Own extends keyof Row<T>, Computed extends keyof Row<T>, Given> {
  /** Columns that the database fills, by a default, trigger or identity. */
  leave?: readonly Own[]
  /** Columns that SQL computes: `{ resource_number: 'r.number' }`. */
  compute?: { [Name in Computed]: string }
  /** Further values of a row that the SQL needs. */
  given?: Given
  /** The FROM clause, in which rows are `i`; by default `input i`. */
  from?: string
  /** The condition, in portable SQL; by default none. */
  where?: string
  constraint?: string
  countedBy?: string
  order: string
}

/**
 * Makes the statement of a batch and the type of its rows from the table: a row with a missing or
 * extra column does not compile.
 * @throws Error for a column type that batches do not support
 */
export function insertInto<
  T extends Table,
  const Own extends keyof Row<T> & string = never,
  const Computed extends keyof Row<T> & string = never,
  const Given extends Record<string, InputKind> = Record<never, never>,
>(
  table: T,
  {
    leave,
    compute,
    given,
    from = 'input i',
    where = 'true',
    ...rest
  }: Insert<T, Own, Computed, Given>,
): BatchStatement<InsertRow<T, Own | Computed, Given>> {
  const left = new Set<string>(leave)
  const computed: Record<string, string> = { ...compute }
  const columns = Object.values(getTableColumns(table)).filter(({ name }) => !left.has(name))
  const sent = columns.filter(({ name }) => !(name in computed))
  const sources = columns.map(({ name }) => computed[name] ?? `i.${name}`)
  return {
    ...rest,
    input: { ...Object.fromEntries(sent.map((column) => [column.name, kindOf(column)])), ...given },
    into: `${getTableName(table)} (${columns.map(({ name }) => name).join(', ')})`,
    select: `SELECT ${sources.join(', ')} FROM ${from} WHERE ${where}`,
  }
}

function kindOf(column: Column): InputKind {
  const type = column.getSQLType()
  // On SQLite a time is an integer in the database, and a custom type in drizzle.
  if (type === 'timestamptz' || column.columnType === 'SQLiteCustomColumn') {
    return type === 'blob' ? 'id' : 'instant'
  }
  const kind = plainKinds.get(type)
  if (kind) return kind
  throw new Error(`A batch cannot carry ${column.name}: its type is ${type}`)
}

const plainKinds = new Map<string, InputKind>([
  ['uuid', 'id'],
  ['text', 'text'],
  ['integer', 'integer'],
])

// One statement for each power of two: 13 rows take those of 8, 4 and 1.
const sizes = [64, 32, 16, 8, 4, 2, 1]

/**
 * @param leave columns that the database fills
 * @param tail what follows the values
 * @returns the statements that insert rows of a table, few and prebuilt, for `atomically`
 */
export function prepareInserts<T extends Table, const Own extends keyof Row<T> & string = never>(
  store: Pick<Store, 'prepareWrite'>,
  table: T,
  { leave = [], tail = sql`` }: { leave?: readonly Own[]; tail?: SQL } = {},
): (rows: readonly Omit<Row<T>, Own>[]) => Filled[] {
  const left = new Set<string>(leave)
  const columns = Object.entries(getTableColumns(table)).filter(([key]) => !left.has(key))
  const keys = columns.map(([key]) => key)
  const into = columns.map(([, column]) => column)
  return prepareWrites(store, keys, (count) => sql`${insertRows(table, into, count)} ${tail}`)
}

/**
 * The same for another statement about many rows.
 * @param keys the values of a row, in the order of the placeholders, which are numbered from 0
 */
export function prepareWrites<Given extends object>(
  { prepareWrite }: Pick<Store, 'prepareWrite'>,
  keys: readonly string[],
  toStatement: (count: number) => SQL,
): (rows: readonly Given[]) => Filled[] {
  const write = memoize((count: number) => prepareWrite(toStatement(count)))

  function fill(rows: readonly Given[]): Filled {
    const given: unknown[] = []
    for (const row of rows) for (const key of keys) given.push(row[key as keyof Given])
    return write(rows.length)(given)
  }

  return (rows) => {
    const statements: Filled[] = []
    for (let at = 0; at < rows.length;) {
      const size = sizes.find((it) => it <= rows.length - at) ?? 1
      statements.push(fill(rows.slice(at, at + size)))
      at += size
    }
    return statements
  }
}

function insertRows(table: Table, columns: Column[], count: number): SQL {
  const names = columns.map(({ name }) => sql.identifier(name))
  const rows = Array.from({ length: count }, (_, row) => {
    const first = row * columns.length
    const values = columns.map((column, at) => sql`${placeholder(column, String(first + at))}`)
    return sql`(${sql.join(values, sql`, `)})`
  })
  return sql`INSERT INTO ${table} (${sql.join(names, sql`, `)})
    VALUES ${sql.join(rows, sql`, `)}`
}
