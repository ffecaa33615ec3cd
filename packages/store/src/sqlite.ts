import { fillPlaceholders, sql, type SQL } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { BatchItem, BatchWriter, InputKind } from './batch.ts'
import type { BundleWriter } from './bundle.ts'
import { columnsOf } from './columns.ts'
import { instantToInteger } from './encoding.ts'
import { readMigrations } from './migration.ts'
import { openConnection, type Binding } from './sqlite-connection.ts'
import { createScanReader, type ReaderThread } from './sqlite-reader.ts'
import type { ReadRequest } from './sqlite-reader-worker.ts'
import { signedByOf, toBindings } from './signature.ts'
import type { BundleRows } from './sqlite-bundle.ts'
import type { BatchRow } from './sqlite-insert.ts'
import { createLogKeeper } from './sqlite-log.ts'
import { claimDatabase, requireOwnDatabase } from './sqlite-marker.ts'
import { openWriter, type Writer } from './sqlite-writer.ts'
import type { Store } from './store.ts'
import { createTemplate, type Filled } from './template.ts'
import { createWriteState } from './write-state.ts'
import type { Trace } from './trace.ts'

export interface SqliteThreads {
  /** Writes to all files. */
  writer: Worker
  /** Checkpoints logs; started when one is long. */
  copier: () => Worker
  /** Runs scans; started by the first one. */
  reader: ReaderThread
}

/**
 * Opens a SQLite file: a writing thread, and a read-only connection here. Reads do not wait for
 * writes, nor requests for the disk.
 * @throws Error when the file is not the database that was here before
 */
export async function openSqlite(
  threads: SqliteThreads,
  file: string,
  trace: Trace,
): Promise<Store> {
  requireOwnDatabase(file)
  const writer = await openWriter(threads.writer, file)
  const { follow, requireWritable } = createWriteState(() => writer.ask('probe'))
  let copier: Promise<Writer> | undefined
  let endClaim: (() => void) | undefined
  const keepLogShort = createLogKeeper(
    writer,
    () => (copier ??= openWriter(threads.copier(), file)),
  )
  const reader = openConnection(file, { readonly: true })
  const scanner = createScanReader(threads.reader, file)

  async function query(text: string, params: Binding[]): Promise<unknown[][]> {
    return trace(text, async () =>
      isRead.test(text)
        ? reader.query(text).values(...params)
        : follow(writer.ask('write', { text, ...toBindings(params) })),
    )
  }

  const scan = async (whose: string, request: Exclude<ReadRequest, 'close'>) =>
    trace(request.text, () => scanner.ask(whose, request))

  return {
    dialect: 'sqlite',
    columns: columnsOf.sqlite,
    db: drizzle(async (text, params: Binding[], method) => {
      const rows = await query(text, params)
      return { rows: (method === 'get' ? rows[0] : rows) as unknown[] }
    }),
    rows: async <Row>(statement: SQL) => {
      const { text, params } = toSql(statement)
      return trace(text, async () => reader.query<Row, Binding[]>(text).all(...params))
    },
    prepare: (statement) => {
      const { text, params } = toSql(statement)
      return async (given, whose) => {
        const values = fillPlaceholders(params, given) as Binding[]
        if (whose === undefined) return query(text, values)
        return (await scan(whose, { text, params: values, as: 'arrays' })) as unknown[][]
      }
    },
    dataVersion: () => reader.query('PRAGMA data_version').values()[0]?.[0] as number,
    scan: (whose) => ({
      db: drizzle(async (text, params: Binding[], method) => {
        const rows = await scan(whose, { text, params, as: 'arrays' })
        return { rows: (method === 'get' ? rows[0] : rows) as unknown[] }
      }),
      rows: async <Row>(statement: SQL) => {
        const { text, params } = toSql(statement)
        return (await scan(whose, { text, params, as: 'objects' })) as Row[]
      },
    }),
    prepareWrite: (statement) => createTemplate(dialect.sqlToQuery(statement)),
    atomically: (statements) =>
      trace('transaction', () => follow(writer.ask('atomically', statements.map(toSignedSql)))),
    trace,
    batchWriter: (statement) => {
      const { write, concurrency } = createBatchWriter(writer, statement)
      return { write: (items) => follow(write(items)), concurrency }
    },
    bundleWriter: (statement) => {
      const { write, concurrency } = createBundleWriter(writer, statement)
      return { write: (bundles) => follow(write(bundles)), concurrency }
    },
    // With one writer at a time everything committed is final. Rows have transaction 0.
    horizon: sql`1`,
    commitOrder: ({ id }) => [id],
    marks: {
      mark: (log) => sql`(SELECT CAST(coalesce(max(${log.id}), 0) AS TEXT) FROM ${log})`,
      isAfter: ({ id }, mark) => sql`${id} > CAST(${mark} AS INTEGER)`,
    },
    newest: sql`1`,
    rowLock: sql``,
    signedBy: signedByOf.sqlite,
    json: {
      number: (column, name) => sql`CASE WHEN json_type(${column}, ${`$."${name}"`})
        IN ('integer', 'real') THEN json_extract(${column}, ${`$."${name}"`}) END`,
      text: (column, name) => sql`CASE json_type(${column}, ${`$."${name}"`})
        WHEN 'text' THEN json_extract(${column}, ${`$."${name}"`})
        WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END`,
    },
    ping: async () => void reader.query('SELECT 1 FROM sqlite_schema').get(),
    requireWritable,
    migrate: async (folder) => writer.ask('migrate', await readMigrations(`${folder}/sqlite`)),
    requireSchema: () => writer.ask('requireSchema'),
    claim: async () => {
      endClaim = claimDatabase(file, await writer.ask('identify'))
      return endClaim !== undefined
    },
    keepLogShort,
    // The writer closes last, as only it can empty the log.
    close: async () => {
      await scanner.stop()
      reader.close(true)
      await (await copier)?.stop()
      await writer.stop()
      endClaim?.()
    },
  }
}

// The reader is read-only, so a write that this misses fails.
const isRead = /^\s*(select|with)\b/i

const dialect = new SQLiteAsyncDialect()

function toSql(statement: SQL) {
  const { sql: text, params } = dialect.sqlToQuery(statement)
  return { text, params: params as Binding[] }
}

function toSignedSql(statement: SQL | Filled) {
  const { text, params } = 'text' in statement ? statement : toSql(statement)
  return { text, ...toBindings(params) }
}

function createBatchWriter(
  writer: Writer,
  statement: Parameters<Store['batchWriter']>[0],
): BatchWriter {
  const columns = Object.entries(statement.input)
  const prepared = writer.ask('prepare', statement)
  prepared.catch(() => {}) // every batch meets the same error, and reports it
  async function write(items: BatchItem[]) {
    const batch = items.map(({ row, ...rest }): BatchRow => {
      return { values: toValues(columns, row), ...rest }
    })
    const won = await writer.ask('batch', await prepared, JSON.stringify(batch))
    return new Set(items.filter((_, index) => won[index]).map(({ row }) => row.id))
  }
  // The thread groups what arrives during a commit into the next one, so nothing need wait here.
  return { write, concurrency: 64 }
}

function createBundleWriter(
  writer: Writer,
  statement: Parameters<Store['bundleWriter']>[0],
): BundleWriter {
  const columns = Object.entries(statement.input)
  const prepared = writer.ask('prepareBundle', statement)
  prepared.catch(() => {}) // every bundle meets the same error, and reports it
  const write: BundleWriter['write'] = async (bundles) => {
    const rows = bundles.map(({ slots, ...rest }): BundleRows => {
      const sent = slots.map(({ row, alternatives }) => {
        return { values: toValues(columns, row), alternatives: alternatives as (number | null)[][] }
      })
      return { ...rest, slots: sent }
    })
    return writer.ask('bundles', await prepared, JSON.stringify(rows))
  }
  return { write, concurrency: 64 }
}

function toValues(columns: [string, InputKind][], row: Record<string, unknown>) {
  return columns.map(([name, kind]) => {
    const value = (row[name] ?? null) as string | number | null
    return kind === 'instant' && value !== null ? instantToInteger(value as number) : value
  })
}
