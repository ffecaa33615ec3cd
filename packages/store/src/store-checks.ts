import { sql } from 'drizzle-orm'
import { storageFault } from './error.ts'
import { readMigrations } from './migration.ts'
import { connect } from './postgres-client.ts'
import * as postgres from './postgres-schema.ts'
import type { DatabaseReader } from './reader.ts'
import { compareSchemas, type SchemaObject } from './schema.ts'
import * as sqlite from './sqlite-schema.ts'

/** Whether an error only means that the database was unavailable, not that its data are damaged. */
export function isAway(error: unknown): boolean {
  // An unreadable sector is damage.
  if (String((error as { code?: unknown }).code).startsWith('SQLITE_IOERR')) return false
  const fault = storageFault(error)
  return fault === 'busy' || fault === 'unavailable'
}

/** Unreadable or inconsistent pages, one table or index at a time. */
export async function* checkPages(reader: DatabaseReader, note: (text: string) => void) {
  if (reader.dialect === 'sqlite') return yield* checkSqlitePages(reader)
  yield* checkPostgresPages(reader, note)
}

async function* checkSqlitePages(reader: DatabaseReader): AsyncGenerator<string> {
  const tables = await reader.rows<{ name: string }>(
    sql`SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'`,
  )
  for (const { name } of tables) {
    const found = await look(name, () =>
      reader.rows<{ integrity_check: string }>(
        sql`PRAGMA integrity_check(${sql.identifier(name)})`,
      ),
    )
    if (typeof found === 'string') yield found
    else for (const row of found) if (row.integrity_check !== 'ok') yield row.integrity_check
    const lost = await look(name, () =>
      reader.rows(sql`PRAGMA foreign_key_check(${sql.identifier(name)})`),
    )
    if (typeof lost === 'string') yield lost
    else if (lost.length > 0) yield `${name}: ${lost.length} rows refer to rows that are not there`
  }
}

async function* checkPostgresPages(
  reader: DatabaseReader,
  note: (text: string) => void,
): AsyncGenerator<string> {
  const [failures] = await reader.rows<{ count: string | null }>(
    sql`SELECT checksum_failures::text AS count FROM pg_stat_database
      WHERE datname = current_database()`,
  )
  if (Number(failures?.count ?? 0) > 0) yield `the server counted ${failures?.count} bad checksums`
  const [amcheck] = await reader.rows<{ schema: string }>(
    sql`SELECT extnamespace::regnamespace::text AS schema FROM pg_extension
      WHERE extname = 'amcheck'`,
  )
  if (!amcheck) note('CREATE EXTENSION amcheck to look into indexes as well')
  const relations = await reader.rows<{ oid: string; name: string; kind: string; method: string }>(
    sql`SELECT c.oid::text AS oid, c.relname AS name, c.relkind AS kind, amname AS method
      FROM pg_class c LEFT JOIN pg_am a ON a.oid = relam
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i')`,
  )
  for (const { oid, name, kind, method } of relations) {
    const check = toPostgresCheck({ oid, name, kind, method }, amcheck?.schema)
    if (!check) continue
    const found = await look(name, () => reader.rows<{ msg?: string }>(check))
    if (typeof found === 'string') yield found
    else for (const { msg } of found) if (msg) yield `${name}: ${msg}`
  }
}

function toPostgresCheck(
  relation: { oid: string; name: string; kind: string; method: string },
  amcheck: string | undefined,
) {
  const oid = sql.raw(relation.oid)
  if (relation.kind === 'r') {
    return amcheck
      ? sql`SELECT msg FROM ${sql.raw(amcheck)}.verify_heapam(${oid})`
      : // Every page is read, and every value that lies elsewhere.
        sql`SELECT CASE WHEN sum(length(t::text)) < 0 THEN '' END AS msg
          FROM ${sql.identifier(relation.name)} t`
  }
  if (!amcheck || relation.method !== 'btree') return undefined
  return sql`SELECT ${sql.raw(amcheck)}.bt_index_check(${oid}, true)::text AS msg`
}

/** Objects that differ from what the migrations make, and unknown migrations. */
export async function* checkSchema(url: string, folder: string): AsyncGenerator<string> {
  const { made, found, applied, files } = url.startsWith('sqlite:')
    ? await readSqlite(url, folder)
    : await readPostgres(url, folder)
  const unknown = applied.filter((name) => !files.some((file) => file.name === name))
  const forgotten = files.filter(({ name }) => !applied.includes(name))
  for (const { name } of forgotten) yield `migration ${name} is not recorded as applied`
  // A newer version made it, and only that version knows what it should be.
  if (unknown.length > 0) return
  yield* made ? compareSchemas(made, found) : []
}

interface Schemas {
  made: SchemaObject[] | undefined
  found: SchemaObject[]
  applied: string[]
  files: { name: string }[]
}

async function readSqlite(url: string, folder: string): Promise<Schemas> {
  const files = await readMigrations(`${folder}/sqlite`)
  return { ...sqlite.readFile(url.slice('sqlite:'.length)), made: sqlite.makeSchema(files), files }
}

async function readPostgres(url: string, folder: string): Promise<Schemas> {
  const files = await readMigrations(`${folder}/postgres`)
  const client = connect({ url, max: 1, statementTimeout_ms: 60_000 })
  try {
    const connection = await client.reserve()
    const there = await postgres.readSchema(connection)
    return { ...there, made: await postgres.makeSchema(connection, files), files }
  } finally {
    await client.end({ timeout: 0 })
  }
}

async function look<Row>(name: string, read: () => Promise<Row[]>): Promise<Row[] | string> {
  try {
    return await read()
  } catch (error) {
    // Unavailable or too slow is not damage.
    if (isAway(error)) throw error
    return `${name}: ${(error as Error).message}`
  }
}
