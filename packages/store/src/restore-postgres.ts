import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RestoreOptions, RestoreTarget } from './backup.ts'
import {
  countRows,
  inTransaction,
  listTables,
  type Session,
  type Table,
} from './backup-postgres.ts'
import { copyName } from './backup-sqlite.ts'
import { readCopyLines } from './convert-sqlite.ts'
import { migrationsTable, readMigrations, type Migration } from './migration.ts'
import { readPostgresAddress } from './postgres-address.ts'
import { restoresName, restoresTable, type RestoreState } from './restore-state.ts'

/** A PostgreSQL database or schema that a backup is restored into. */
export function openPostgresTarget(url: string): RestoreTarget {
  const { schema } = readPostgresAddress(url)
  const run = <T>(work: (session: Session) => Promise<T>) => inTransaction(url, '', work)
  const mark = async (session: Session, backup: string, state: RestoreState) => {
    await session.unsafe(restoresTable)
    await session`INSERT INTO restores (backup, state) VALUES (${backup}, ${state})
      ON CONFLICT (backup) DO UPDATE SET state = excluded.state`
  }
  return {
    state: (backup) =>
      run(async (session) => {
        const [found] = await session<{ restores: boolean; tables: boolean }[]>`
          SELECT count(*) > 0 AS tables,
            coalesce(bool_or(relname = ${restoresName}), false) AS restores
          FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`
        if (!found?.tables) return 'empty'
        if (!found.restores) return 'other'
        const [row] = await session<{ state: RestoreState }[]>`
          SELECT state FROM restores WHERE backup = ${backup}`
        return row?.state ?? 'other'
      }),
    begin: (backup) =>
      run(async (session) => {
        if (schema) await session`CREATE SCHEMA IF NOT EXISTS ${session(schema)}`
        await mark(session, backup, 'begun')
      }),
    load: (options) =>
      run(async (session) => {
        await mark(session, options.id, 'filled')
        return load(session, options)
      }),
    finish: (backup, statement) =>
      run(async (session) => {
        if (statement) await session.unsafe(statement)
        await mark(session, backup, 'finished')
      }),
  }
}

async function load(session: Session, options: RestoreOptions): Promise<Record<string, number>> {
  const { folder, backup } = options
  const files = await findMigrations(options)
  await session.unsafe(migrationsTable)
  for (const { text } of files) await session.unsafe(text)
  const tables = await listTables(session)
  const names = tables.map(({ name }) => `"${name}"`)
  // Migrations may have inserted rows, and triggers would add more; the copy has all of them.
  await session.unsafe(`TRUNCATE ${names.join(', ')}`)
  for (const name of names) await session.unsafe(`ALTER TABLE ${name} DISABLE TRIGGER USER`)
  for (const table of tables) {
    if (backup.dialect === 'postgres') {
      await fillTable(session, table, createReadStream(join(folder, `${table.name}.copy`)))
    } else if (table.name !== 'migrations') {
      await fillTable(session, table, Readable.from(readCopyLines(join(folder, copyName), table)))
    }
  }
  if (backup.dialect === 'sqlite') {
    for (const { name, hash } of files) {
      await session`INSERT INTO migrations (name, hash) VALUES (${name}, ${hash})`
    }
  }
  for (const name of names) await session.unsafe(`ALTER TABLE ${name} ENABLE TRIGGER USER`)
  return countRows(session, tables)
}

/** Only those of the copy; newer ones are applied by the next start. */
async function findMigrations({ migrations, backup }: RestoreOptions): Promise<Migration[]> {
  const names = new Set(backup.migrations.map(({ name }) => name))
  const files = await readMigrations(`${migrations}/postgres`)
  if (backup.dialect === 'postgres') return files.filter(({ name }) => names.has(name))
  // Both databases have the same migrations by name, each in its own dialect. Those for PostgreSQL
  // only are in between, and later ones change what they made.
  const shared = new Set((await readMigrations(`${migrations}/sqlite`)).map(({ name }) => name))
  const last = backup.migrations.at(-1)?.name ?? ''
  return files.filter(({ name }) => names.has(name) || (!shared.has(name) && name < last))
}

async function fillTable(session: Session, table: Table, rows: Readable): Promise<void> {
  const name = `"${table.name}"`
  const columns = table.columns.map((column) => `"${column.name}"`).join(', ')
  const into = await session.unsafe(`COPY ${name} (${columns}) FROM STDIN`).writable()
  await pipeline(rows, into)
  for (const { column, counter, isTransaction } of await listCounters(session, table.name)) {
    if (counter) {
      await session.unsafe(
        `SELECT setval('${counter}', greatest(max("${column}"), 1)) FROM ${name}`,
      )
    }
    // Transaction ids of another server, and log positions with them: all of them are over.
    if (isTransaction) await session.unsafe(`UPDATE ${name} SET "${column}" = 0`)
  }
}

async function listCounters(session: Session, table: string) {
  return session<{ column: string; counter: string | null; isTransaction: boolean }[]>`
    SELECT column_name AS column,
      pg_get_serial_sequence(quote_ident(${table}), column_name) AS counter,
      column_name LIKE '%transaction' AS "isTransaction"
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = ${table}
      AND (is_identity = 'YES' OR column_name LIKE '%transaction'
        OR column_default LIKE 'nextval(%')`
}
