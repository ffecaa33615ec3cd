import { sql, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { columnsOf } from './columns.ts'
import { migrationsTable, missing, readMigrations, type AppliedMigration } from './migration.ts'
import { createPostgresWriter } from './postgres-writer.ts'
import type { Database, Store } from './store.ts'

// Reads and rare writes; batches have connections of their own.
const connectionsMax = 8

/** Opens a pool to a PostgreSQL database. Nothing waits longer than the server-side time-outs. */
export async function openPostgres(url: string): Promise<Store> {
  const client = connect(url, connectionsMax)
  const writers: { close: () => Promise<void> }[] = []
  return {
    dialect: 'postgres',
    columns: columnsOf.postgres,
    // The one cast of the PostgreSQL database to the SQLite type; see Columns.
    db: drizzle(client) as unknown as Database,
    rows: async <Row>(query: SQL) => {
      const { sql: text, params } = dialect.sqlToQuery(query)
      return (await client.unsafe<object[]>(text, params as string[])) as unknown as Row[]
    },
    atomically: (statements) => runAtomically(client, statements),
    batchWriter: (statement) => {
      const writer = createPostgresWriter(() => connect(url, 1), statement)
      writers.push(writer)
      return writer
    },
    horizon: sql`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`,
    ping: async () => void (await client`SELECT 1`),
    migrate: (folder) => migrate(client, folder),
    close: async () => {
      await Promise.all([client.end({ timeout: 5 }), ...writers.map((writer) => writer.close())])
    },
  }
}

export type PostgresClient = postgres.Sql<Record<string, never>>

const dialect = new PgDialect()

function connect(url: string, max: number): PostgresClient {
  return postgres(url, {
    max,
    connect_timeout: 5,
    idle_timeout: 60,
    // Seconds between attempts to connect again; the default grows to 20.
    backoff: () => 0.2,
    onnotice: () => {},
    connection: {
      application_name: 'campus',
      TimeZone: 'UTC',
      // Milliseconds. A caller has given up by then; the server must not go on alone.
      statement_timeout: 10_000,
      lock_timeout: 5000,
      standard_conforming_strings: 'on', // what inlined parameters rely on
      idle_in_transaction_session_timeout: 10_000,
    },
  }) as unknown as PostgresClient
}

// All of it is one message without parameters, which the server runs as one transaction: no
// connection is ever left in the middle of one. Nothing changed at the end divides by zero, which
// undoes everything before it.
async function runAtomically(client: PostgresClient, statements: SQL[]): Promise<boolean> {
  const texts = statements.map((statement) => dialect.sqlToQuery(statement.inlineParams()).sql)
  const last = `WITH changed AS (${texts.pop()} RETURNING 1) SELECT 1 / count(*) FROM changed`
  try {
    await client.unsafe([...texts, last].join(';\n'))
    return true
  } catch (error) {
    if (isDivisionByZero(error)) return false
    throw error
  }
}

function isDivisionByZero(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === '22012'
}

// Any number; the same for all services, as each has a database or schema of its own.
const migrationLock = 20_260_101

async function migrate(client: PostgresClient, folder: string): Promise<void> {
  const files = await readMigrations(`${folder}/postgres`)
  const connection = await client.reserve()
  try {
    await connection.unsafe(
      `SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(${migrationLock})`,
    )
    await connection.unsafe(migrationsTable)
    const applied = await connection<AppliedMigration[]>`SELECT name, hash FROM migrations`
    for (const { name, hash, text } of missing(files, applied)) {
      await connection.unsafe('BEGIN')
      await connection.unsafe(text)
      await connection`INSERT INTO migrations (name, hash) VALUES (${name}, ${hash})`
      await connection.unsafe('COMMIT')
    }
  } finally {
    await connection
      .unsafe(
        `ROLLBACK; SELECT pg_advisory_unlock(${migrationLock});
         RESET statement_timeout; RESET lock_timeout`,
      )
      .catch(() => {}) // the connection may be what failed
    connection.release()
  }
}
