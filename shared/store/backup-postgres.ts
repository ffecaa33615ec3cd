import type postgres from 'postgres'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DatabaseBackup, RestoreOptions } from './backup.ts'
import { requireKnown } from './backup-sqlite.ts'
import { migrationsTable, readMigrations, type AppliedMigration } from './migration.ts'
import { connect } from './postgres-client.ts'

// Nobody waits for an answer, and a large table takes its time.
const oneSession = { max: 1, statementTimeout_ms: 0, connectTimeout_s: 30 }

type Session = postgres.ReservedSql<Record<string, never>>

interface Table {
  name: string
  /** Those that are stored, not computed, as `COPY` wants them. */
  columns: string
}

/**
 * Copies with `COPY`, which needs no tool of PostgreSQL's and no more rights than the service has:
 * how the tables are made stands in the migrations.
 */
export async function backUpPostgres(url: string, folder: string): Promise<DatabaseBackup> {
  return inTransaction(url, 'ISOLATION LEVEL REPEATABLE READ READ ONLY', async (session) => {
    const tables = await listTables(session)
    for (const table of tables) await copyTable(session, table, join(folder, `${table.name}.copy`))
    const migrations = await session<
      AppliedMigration[]
    >`SELECT name, hash FROM migrations ORDER BY name`
    return {
      dialect: 'postgres',
      migrations: [...migrations],
      rows: await countRows(session, tables),
    }
  })
}

// The driver holds what one statement answers until it is read: a part of the table at a time.
const pagesPerCopy = 128
const blockBytes = 64 * 1024

async function copyTable(session: Session, table: Table, file: string): Promise<void> {
  await pipeline(readRows(session, table), joinRows, createWriteStream(file))
}

async function* readRows(session: Session, { name, columns }: Table): AsyncGenerator<Buffer> {
  const [size] = await session.unsafe<{ pages: string }[]>(
    `SELECT pg_relation_size('"${name}"') / current_setting('block_size')::bigint AS pages`,
  )
  for (let page = 0; page < Number(size?.pages); page += pagesPerCopy) {
    const part = `ctid >= '(${page},0)' AND ctid < '(${page + pagesPerCopy},0)'`
    const query = `COPY (SELECT ${columns} FROM "${name}" WHERE ${part}) TO STDOUT`
    yield* await session.unsafe(query).readable()
  }
}

// To write each row by itself takes thirty times as long.
async function* joinRows(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let block: Buffer[] = []
  let size = 0
  for await (const row of rows) {
    block.push(row)
    size += row.length
    if (size < blockBytes) continue
    yield Buffer.concat(block)
    block = []
    size = 0
  }
  yield Buffer.concat(block)
}

export async function restorePostgres(options: RestoreOptions): Promise<Record<string, number>> {
  const { url, folder, backup } = options
  const files = await readMigrations(`${options.migrations}/postgres`)
  requireKnown(files, backup.migrations)
  const schema = new URL(url).searchParams.get('search_path')
  return inTransaction(url, '', async (session) => {
    if (schema) await session`CREATE SCHEMA IF NOT EXISTS ${session(schema)}`
    const found = await listTables(session)
    if (found.length > 0) {
      throw new Error(
        `The database has tables (${found[0]?.name}). Restore into an empty one only.`,
      )
    }
    await session.unsafe(migrationsTable)
    // Those of the copy only: what is newer here, the next start applies.
    const names = new Set(backup.migrations.map(({ name }) => name))
    for (const { name, text } of files) if (names.has(name)) await session.unsafe(text)
    const tables = await listTables(session)
    const all = tables.map(({ name }) => `"${name}"`)
    // Migrations may have put rows there, and triggers would add more; the copy has them all.
    await session.unsafe(`TRUNCATE ${all.join(', ')}`)
    for (const name of all) await session.unsafe(`ALTER TABLE ${name} DISABLE TRIGGER USER`)
    for (const table of tables) await fillTable(session, table, folder)
    for (const name of all) await session.unsafe(`ALTER TABLE ${name} ENABLE TRIGGER USER`)
    return countRows(session, tables)
  })
}

async function fillTable(session: Session, table: Table, folder: string): Promise<void> {
  const name = `"${table.name}"`
  const rows = await session.unsafe(`COPY ${name} (${table.columns}) FROM STDIN`).writable()
  await pipeline(createReadStream(join(folder, `${table.name}.copy`)), rows)
  for (const { column, counter, isTransaction } of await listCounters(session, table.name)) {
    if (counter) {
      await session.unsafe(
        `SELECT setval('${counter}', greatest(max("${column}"), 1)) FROM ${name}`,
      )
    }
    // Numbers of another server's transactions; all of them are long over.
    if (isTransaction) await session.unsafe(`UPDATE ${name} SET "${column}" = 0`)
  }
}

async function listTables(session: Session): Promise<Table[]> {
  // Referenced ones first; then what refers to them can be filled.
  const tables = await session<(Table & { oid: number; refers: number[] })[]>`
    SELECT c.oid::int8::text AS oid, c.relname AS name,
      (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
        FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
      ) AS columns,
      ARRAY(SELECT confrelid::int8::text FROM pg_constraint
        WHERE conrelid = c.oid AND contype = 'f' AND confrelid <> c.oid) AS refers
    FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname`
  const ordered: (typeof tables)[number][] = []
  const rest = [...tables]
  while (rest.length > 0) {
    const next = rest.findIndex(({ refers }) =>
      refers.every((oid) => !rest.some((other) => other.oid === oid)),
    )
    ordered.push(...rest.splice(Math.max(next, 0), 1))
  }
  return ordered
}

async function listCounters(session: Session, table: string) {
  return session<{ column: string; counter: string | null; isTransaction: boolean }[]>`
    SELECT column_name AS column,
      pg_get_serial_sequence(quote_ident(${table}), column_name) AS counter,
      coalesce(column_default LIKE '%pg_current_xact_id%', false) AS "isTransaction"
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = ${table}
      AND (is_identity = 'YES' OR column_default LIKE '%pg_current_xact_id%'
        OR column_default LIKE 'nextval(%')`
}

async function countRows(session: Session, tables: Table[]): Promise<Record<string, number>> {
  const rows: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await session.unsafe<{ count: string }[]>(`SELECT count(*) FROM "${name}"`)
    rows[name] = Number(row?.count)
  }
  return rows
}

async function inTransaction<T>(
  url: string,
  mode: string,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  const client = connect({ url, ...oneSession })
  try {
    const session = await client.reserve()
    await session.unsafe(`BEGIN ${mode}`)
    const result = await run(session)
    await session.unsafe('COMMIT')
    session.release()
    return result
  } finally {
    // Ends the session, and with it a transaction that was not completed.
    await client.end({ timeout: 0 })
  }
}
