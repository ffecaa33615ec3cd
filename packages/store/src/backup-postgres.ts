import type postgres from 'postgres'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DatabaseBackup } from './backup.ts'
import type { AppliedMigration } from './migration.ts'
import { connect } from './postgres-client.ts'
import { restoresName } from './restore-state.ts'

// No caller waits, and a large table takes long.
const oneSession = { max: 1, statementTimeout_ms: 0, connectTimeout_s: 30 }

export type Session = postgres.ReservedSql<Record<string, never>>

export interface Table {
  name: string
  /** The stored columns, without generated ones, and their types in PostgreSQL. */
  columns: { name: string; type: string }[]
}

/**
 * Copies with `COPY`, which needs no PostgreSQL tools and no more rights than the service has. The
 * schema is in the migrations.
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

// The driver buffers the result of a statement, so a table is read in parts.
const pagesPerCopy = 128
const blockBytes = 64 * 1024

async function copyTable(session: Session, table: Table, file: string): Promise<void> {
  await pipeline(readRows(session, table), joinRows, createWriteStream(file))
}

async function* readRows(session: Session, { name, columns }: Table): AsyncGenerator<Buffer> {
  const [size] = await session.unsafe<{ pages: string }[]>(
    `SELECT pg_relation_size('"${name}"') / current_setting('block_size')::bigint AS pages`,
  )
  const list = columns.map((column) => `"${column.name}"`).join(', ')
  for (let page = 0; page < Number(size?.pages); page += pagesPerCopy) {
    const part = `ctid >= '(${page},0)' AND ctid < '(${page + pagesPerCopy},0)'`
    const query = `COPY (SELECT ${list} FROM "${name}" WHERE ${part}) TO STDOUT`
    yield* await session.unsafe(query).readable()
  }
}

// Writing each row by itself takes thirty times as long.
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

/** All tables of the service, and the migrations that made them. */
export async function listTables(session: Session): Promise<Table[]> {
  // Referenced tables first, so that those referring to them can be filled.
  const tables = await session<(Table & { oid: number; refers: number[] })[]>`
    SELECT c.oid::int8::text AS oid, c.relname AS name,
      (SELECT json_agg(json_build_object(
          'name', attname, 'type', format_type(atttypid, NULL)) ORDER BY attnum)
        FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
      ) AS columns,
      ARRAY(SELECT confrelid::int8::text FROM pg_constraint
        WHERE conrelid = c.oid AND contype = 'f' AND confrelid <> c.oid) AS refers
    FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      AND c.relname <> ${restoresName}
    ORDER BY c.relname`
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

export async function countRows(
  session: Session,
  tables: Table[],
): Promise<Record<string, number>> {
  const rows: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await session.unsafe<{ count: string }[]>(`SELECT count(*) FROM "${name}"`)
    rows[name] = Number(row?.count)
  }
  return rows
}

export async function inTransaction<T>(
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
