import { getTableColumns, sql, type SQL, type Table } from 'drizzle-orm'
import type { Store } from './store.ts'

type Row<T extends Table> = T['$inferSelect']

export interface PreparedRead<Name> {
  /** The columns that are read, by their names in the code; all of them when left out. */
  columns?: readonly Name[]
  /** `FROM …` and everything after it; variable parts are a `placeholder`. */
  tail: SQL
}

/**
 * A frequent read. Its SQL is built once and its rows are mapped here, in a fifth of the time of a
 * prepared drizzle query.
 * @returns a function that runs it with the values of the placeholders by name; as a scan when a
 *   user is given
 */
export function prepareRead<
  T extends Table,
  Name extends keyof Row<T> & string = keyof Row<T> & string,
>(
  store: Pick<Store, 'prepare'>,
  table: T,
  { columns: names, tail }: PreparedRead<Name>,
): (given: Record<string, unknown>, whose?: string) => Promise<Pick<Row<T>, Name>[]> {
  const known = getTableColumns(table)
  const asked = names ?? (Object.keys(known) as Name[])
  const columns = asked.map((name) => ({
    name,
    column: known[name] as (typeof known)[string],
  }))
  const list = sql.join(
    columns.map(({ column }) => sql`${column}`),
    sql`, `,
  )
  const ask = store.prepare(sql`SELECT ${list} ${tail}`)

  function toRow(values: unknown[]): Pick<Row<T>, Name> {
    const row: Record<string, unknown> = {}
    columns.forEach(({ name, column }, at) => {
      const value = values[at] ?? null
      row[name] = value === null ? null : column.mapFromDriverValue(value)
    })
    return row as Pick<Row<T>, Name>
  }

  return async (given, whose) => (await ask(given, whose)).map(toRow)
}
