import { migrationsTable, missing, type AppliedMigration, type Migration } from './migration.ts'
import { readPostgresAddress } from './postgres-address.ts'
import { connect, openConnections } from './postgres-client.ts'
import { makeSchema } from './postgres-schema.ts'
import { requireFinished, restoresName } from './restore-state.ts'
import type { SchemaObject } from './schema.ts'

// Nobody waits yet, others may hold the lock, and a migration takes as long as it takes.
const atStart = { max: 2, statementTimeout_ms: 0, connectTimeout_s: 30 }
// Meanwhile the server is asked for a sign of life, as silence alone would be waited for for ever.
const signOfLife = { max: 1, statementTimeout_ms: 3000 }
const askEvery_ms = 2000
const silencesMax = 3

// Any number; the same for all services, as each has a database or schema of its own.
const migrationLock = 20_260_101

/**
 * Applies what is missing, in order, under a lock.
 * @returns what the files make of an empty schema; undefined where that cannot be tried
 * @throws Error when the server neither answers nor refuses: within 30 s of connecting, about 20 s
 *   later on
 */
export async function migratePostgres(
  url: string,
  files: Migration[],
): Promise<SchemaObject[] | undefined> {
  const client = connect({ url, ...atStart })
  const done = new AbortController()
  const migrate = async () => {
    await lock(await client.reserve())
    return apply(await client.reserve(), url, files)
  }
  try {
    return await Promise.race([migrate(), requireLife(url, done.signal)])
  } finally {
    done.abort()
    // Ends both sessions, and with them the lock and what was left undone.
    await client.end({ timeout: 0 })
  }
}

type Connection = Awaited<ReturnType<ReturnType<typeof connect>['reserve']>>

/**
 * Held by a transaction that does nothing else until its session ends. A lock of the session would
 * stay with the pooler when one in transaction mode is in between, and block every later start.
 */
async function lock(connection: Connection): Promise<void> {
  await connection.unsafe('BEGIN')
  await connection.unsafe('SET LOCAL idle_in_transaction_session_timeout = 0')
  await connection.unsafe(`SELECT pg_advisory_xact_lock(${migrationLock})`)
}

async function apply(
  connection: Connection,
  url: string,
  files: Migration[],
): Promise<SchemaObject[] | undefined> {
  // `?search_path={service}` keeps several services apart within one database.
  const { schema } = readPostgresAddress(url)
  if (schema) await connection`CREATE SCHEMA IF NOT EXISTS ${connection(schema)}`
  await requireRestored(connection)
  await connection.unsafe(migrationsTable)
  const applied = await connection<AppliedMigration[]>`SELECT name, hash FROM migrations`
  for (const { name, hash, text } of missing(files, applied)) {
    await connection.unsafe('BEGIN')
    await connection.unsafe(text)
    await connection`INSERT INTO migrations (name, hash) VALUES (${name}, ${hash})`
    await connection.unsafe('COMMIT')
  }
  return makeSchema(connection, files)
}

async function requireRestored(connection: Connection): Promise<void> {
  const [found] = await connection`SELECT 1 FROM pg_class
    WHERE relname = ${restoresName} AND relnamespace = current_schema()::regnamespace`
  if (!found) return
  requireFinished(await connection<{ state: string }[]>`SELECT state FROM restores`)
}

async function requireLife(url: string, done: AbortSignal): Promise<never> {
  const connections = openConnections({ url, ...signOfLife })
  try {
    for (let silences = 0; silences < silencesMax;) {
      await Bun.sleep(askEvery_ms)
      if (done.aborted) break
      await connections
        .ask((client) => client.unsafe('SELECT 1'))
        .then(
          () => (silences = 0),
          () => silences++,
        )
    }
  } finally {
    await connections.close()
  }
  throw Object.assign(new Error('PostgreSQL stopped answering during the migrations'), {
    code: 'ETIMEDOUT',
  })
}
