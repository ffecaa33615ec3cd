import * as pg from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'
import { sql, type Column, type SQLWrapper } from 'drizzle-orm'
import {
  bytesToId,
  idToBytes,
  instantToInteger,
  instantToText,
  integerToInstant,
} from './encoding.ts'

/**
 * A UUID: text in code, 16 bytes in the database.
 * Times are milliseconds since 1970 in code, where ±Infinity means unbounded; the same ordering
 * holds in both databases, so spans compare with `<` everywhere.
 */
const sqliteId = sqlite.customType<{ data: string; driverData: Uint8Array }>({
  dataType: () => 'blob',
  toDriver: idToBytes,
  fromDriver: bytesToId,
})
const sqliteInstant = sqlite.customType<{ data: number; driverData: number }>({
  dataType: () => 'integer',
  toDriver: instantToInteger,
  fromDriver: integerToInstant,
})
const postgresInstant = pg.customType<{ data: number; driverData: string }>({
  dataType: () => 'timestamptz',
  toDriver: instantToText,
  fromDriver: textToInstant,
})

/** The column types of a table definition, which serves both databases. */
const sqliteColumns = {
  table: sqlite.sqliteTable,
  /** A small auto-incremented key. */
  number: (name: string) => sqlite.integer(name).primaryKey(),
  id: (name: string) => sqliteId(name),
  text: (name: string) => sqlite.text(name),
  integer: (name: string) => sqlite.integer(name),
  /** A count of bytes, which may exceed the 2 GiB of PostgreSQL's integer. */
  bytes: (name: string) => sqlite.integer(name),
  instant: (name: string) => sqliteInstant(name),
  /** The transaction that wrote the row, to read a log in commit order; see `Store.horizon`. */
  transaction: (name: string) => sqlite.integer(name).notNull().default(0),
  /** One second, to be multiplied and added to a time in SQL. */
  second: '1000',
  /** A time as milliseconds since 1970, to calculate with in SQL. */
  milliseconds: (time: SQLWrapper) => sql`${time}`,
  /** The database's clock in milliseconds since 1970, by which things in it expire. */
  now: sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
  index: sqlite.index,
  unique: sqlite.uniqueIndex,
}
export type Columns = typeof sqliteColumns

const postgresColumns = {
  table: pg.pgTable,
  number: (name: string) => pg.integer(name).primaryKey().generatedAlwaysAsIdentity(),
  id: (name: string) => pg.uuid(name),
  text: (name: string) => pg.text(name),
  integer: (name: string) => pg.integer(name),
  bytes: (name: string) => pg.bigint(name, { mode: 'number' }),
  instant: (name: string) => postgresInstant(name),
  transaction: (name: string) =>
    pg
      .bigint(name, { mode: 'number' })
      .notNull()
      .default(sql`pg_current_xact_id()::text::bigint`),
  second: `interval '1 second'`,
  milliseconds: (time: SQLWrapper) => sql`(extract(epoch FROM ${time}) * 1000)::bigint`,
  now: sql`now()`,
  index: pg.index,
  unique: pg.uniqueIndex,
}

/** The kit by database. Cast once, here: both build tables whose queries drizzle types alike. */
export const columnsOf: Record<'sqlite' | 'postgres', Columns> = {
  sqlite: sqliteColumns,
  postgres: postgresColumns as unknown as Columns,
}

/**
 * A placeholder of a prepared query, encoded as its column is; a bare one is not.
 * @param name by default that of the column
 */
export function placeholder(column: Column, name = column.name) {
  return sql.param(sql.placeholder(name), column)
}

// PostgreSQL writes '2026-01-01 09:00:00.123+00', which is not ISO 8601; the session is on UTC.
function textToInstant(text: string): number {
  if (text === 'infinity') return Infinity
  if (text === '-infinity') return -Infinity
  return Date.parse(text.replace(' ', 'T').replace(/\+00$/, 'Z'))
}
