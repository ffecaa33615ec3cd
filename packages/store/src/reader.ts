import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { PgDialect } from 'drizzle-orm/pg-core'
import { sql, type SQL } from 'drizzle-orm'
import { bytesToId, idToBytes } from './encoding.ts'
import { openConnections } from './postgres-client.ts'
import { openConnection, type Binding } from './sqlite-connection.ts'

/** Read-only access to a database beside the process that serves it. */
export interface DatabaseReader {
  dialect: 'sqlite' | 'postgres'
  /** Rows of a hand-written query, as the driver returns them. May take up to ten minutes. */
  rows: <Row>(query: SQL) => Promise<Row[]>
  close: () => Promise<void>
}

const oneReader = { max: 1, statementTimeout_ms: 600_000, connectTimeout_s: 10, readonly: true }

/** @param url as for `Stores.open`; a SQLite file must exist */
export function openReader(url: string): DatabaseReader {
  if (url.startsWith('sqlite:')) {
    const database = openConnection(url.slice('sqlite:'.length), { readonly: true })
    const dialect = new SQLiteAsyncDialect()
    return {
      dialect: 'sqlite',
      rows: async <Row>(query: SQL) => {
        const { sql: text, params } = dialect.sqlToQuery(query)
        return database.query<Row, Binding[]>(text).all(...(params as Binding[]))
      },
      close: async () => database.close(true),
    }
  }
  const connections = openConnections({ url, ...oneReader })
  const dialect = new PgDialect()
  return {
    dialect: 'postgres',
    rows: async <Row>(query: SQL) => {
      const { sql: text, params } = dialect.sqlToQuery(query)
      const rows = await connections.ask((client) =>
        client.unsafe<object[]>(text, params as string[]),
      )
      return [...rows] as Row[]
    },
    close: connections.close,
  }
}

/** An id as the driver of a reader returns it. */
export function readId(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : bytesToId(value)
}

/** An id as a query of a reader takes it. */
export function toIdParameter({ dialect }: DatabaseReader, id: string): SQL {
  return dialect === 'sqlite' ? sql`${idToBytes(id)}` : sql`${id}::uuid`
}

/** Splits a table by a numeric column, so that no query takes long. */
export async function* readPieces(
  reader: DatabaseReader,
  { table, column, size }: { table: string; column: string; size: number },
): AsyncGenerator<SQL> {
  const name = sql.identifier(column)
  const [ends] = await reader.rows<{ low: number | null; high: number }>(
    sql`SELECT min(${name}) AS low, max(${name}) AS high FROM ${sql.identifier(table)}`,
  )
  if (!ends || ends.low === null) return
  for (let from = Number(ends.low); from <= Number(ends.high); from += size) {
    yield sql`${name} BETWEEN ${sql.raw(String(from))} AND ${sql.raw(String(from + size - 1))}`
  }
}
