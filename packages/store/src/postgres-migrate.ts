import { setTimeout as sleep } from 'node:timers/promises'
import { migrationsTable, missing, type AppliedMigration, type Migration } from './migration.ts'
import { readPostgresAddress } from './postgres-address.ts'
import { connect, openConnections } from './postgres-client.ts'
import { makeSchema } from './postgres-schema.ts'
import { requireFinished, restoresName } from './restore-state.ts'
import type { SchemaObject } from './schema.ts'

// No caller waits yet, others may hold the lock, and migrations may take long.
const atStart = { max: 1, statementTimeout_ms: 0, connectTimeout_s: 30 }
// Meanwhile the server is probed, as a dead connection would otherwise be waited for forever.
const signOfLife = { max: 1, statementTimeout_ms: 3000 }
const askEvery_ms = 2000
const silencesMax = 3

// Any number; the same for all services, as each has its own database or schema.
const migrationLock = 20_260_101

/**
 * Applies pending migrations in order, each under a lock.
 * @returns what the files make of an empty schema; undefined where that cannot be tested
 * @throws Error when the server does not respond: within 30 s while connecting, about 20 s later on
 */
export async function migratePostgres(
  url: string,
  files: Migration[],
): Promise<SchemaObject[] | undefined> {
  const client = connect({ url, ...atStart })
  const done = new AbortController()
  try {
    const connection = await client.reserve()
    return await Promise.race([apply(connection, url, files), requireLife(url, done.signal)])
  } finally {
    done.abort()
    // Ends the session, and with it an unfinished transaction.
    await client.end({ timeout: 0 })
  }
}

type Connection = Awaited<ReturnType<ReturnType<typeof connect>['reserve']>>

async function apply(
  connection: Connection,
  url: string,
  files: Migration[],
): Promise<SchemaObject[] | undefined> {
  // `?search_path={service}` keeps several services apart within one database.
  const { schema } = readPostgresAddress(url)
  const listMissing = async () =>
    missing(files, await connection<AppliedMigration[]>`SELECT name, hash FROM migrations`)
  await locked(connection, async () => {
    if (schema) await connection`CREATE SCHEMA IF NOT EXISTS ${connection(schema)}`
    await requireRestored(connection)
    await connection.unsafe(migrationsTable)
  })
  while ((await listMissing()).length > 0) {
    await locked(connection, async () => {
      // Another process may have applied it while this one waited for the lock.
      const [next] = await listMissing()
      if (!next) return
      await connection.unsafe(next.text)
      await connection`INSERT INTO migrations (name, hash) VALUES (${next.name}, ${next.hash})`
    })
  }
  return makeSchema(connection, files)
}

/**
 * Runs a transaction that no other process runs at the same time. The lock is the transaction's: a
 * session lock would stay with a pooler in transaction mode and block every later start.
 */
async function locked(connection: Connection, work: () => Promise<void>): Promise<void> {
  await connection.unsafe('BEGIN')
  await connection.unsafe(`SELECT pg_advisory_xact_lock(${migrationLock})`)
  await work()
  await connection.unsafe('COMMIT')
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
      await sleep(askEvery_ms)
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
