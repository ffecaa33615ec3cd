import { getTableColumns, sql, type Column, type SQL, type Table } from 'drizzle-orm'
import type { Store } from './store.ts'

type Row<T extends Table> = T['$inferSelect']

/** A column of another table, and the SQL that finds its value. */
type Also = Record<string, { column: Column; value: SQL }>

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
  const { list, toRow } = mapColumns<Pick<Row<T>, Name>>(
    asked.map((name) => ({ name, column: known[name] as Column })),
  )
  const ask = store.prepare(sql`SELECT ${list} ${tail}`)
  return async (given, whose) => (await ask(given, whose)).map(toRow)
}

/**
 * A frequent change of rows, prepared in the same way.
 * @param change `UPDATE …`, up to what it returns
 * @returns a function that runs it and returns the changed rows, each with what is asked for also
 */
export function prepareChange<T extends Table, More extends Record<string, unknown>>(
  store: Pick<Store, 'prepare'>,
  table: T,
  { change, also }: { change: SQL; also: Also & Record<keyof More, unknown> },
): (given: Record<string, unknown>) => Promise<(Row<T> & More)[]> {
  const own = Object.entries(getTableColumns(table)).map(([name, column]) => ({ name, column }))
  const others = Object.entries(also).map(([name, other]) => ({ name, ...other }))
  const { list, toRow } = mapColumns<Row<T> & More>([...own, ...others])
  const ask = store.prepare(sql`${change} RETURNING ${list}`)
  return async (given) => (await ask(given)).map(toRow)
}

/** @param columns the value of each is the column itself, unless it is given */
function mapColumns<Mapped>(columns: { name: string; column: Column; value?: SQL }[]) {
  const list = sql.join(
    columns.map(({ column, value }) => sql`${value ?? column}`),
    sql`, `,
  )

  function toRow(values: unknown[]): Mapped {
    const row: Record<string, unknown> = {}
    columns.forEach(({ name, column }, at) => {
      const value = values[at] ?? null
      row[name] = value === null ? null : column.mapFromDriverValue(value)
    })
    return row as Mapped
  }

  return { list, toRow }
}
