import { fillPlaceholders, sql, type Column, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/pg-proxy'
import { columnsOf } from './columns.ts'
import { readMigrations } from './migration.ts'
import { openConnections, type Connections } from './postgres-client.ts'
import { migratePostgres } from './postgres-migrate.ts'
import { createSchemaGuard } from './postgres-schema.ts'
import { createPostgresBundleWriter } from './postgres-bundle.ts'
import { createTransactions } from './postgres-transaction.ts'
import { isRead, openScans, type Ask } from './postgres-scans.ts'
import { createPostgresWriter } from './postgres-writer.ts'
import { signedByOf } from './signature.ts'
import type { Database, JsonMembers, Reader, Store } from './store.ts'
import { createTemplate } from './template.ts'
import { createTurns } from './turns.ts'
import { createWriteState } from './write-state.ts'
import type { Trace } from './trace.ts'

// Reads and rare writes share a pool; batches have a connection of their own. Short timeouts, so
// that after a failure nobody waits long for a response that will not come.
const pool = { max: 8, statementTimeout_ms: 3000 }
// Prepared statements are parsed once per connection, and take one round trip instead of two. A
// connection keeps them all, up to 240 kB each, and users' filters make ever new ones, so they are
// limited.
const preparedMax = 200
// Queries that may read every row have connections of their own, and never take one from the
// others.
const scans = { max: 2, statementTimeout_ms: 30_000 }
const batches = { max: 1, statementTimeout_ms: 3000 }
// However much waits, the database is there: a balancer that took every replica out would make
// it worse.
const probes = { max: 2, statementTimeout_ms: 3000 }

interface Writer<Item, Result> {
  write: (items: Item[]) => Promise<Result>
  concurrency: number
}

/** Opens a PostgreSQL database. */
export async function openPostgres(url: string, trace: Trace): Promise<Store> {
  const connections = openConnections({ url, ...pool })
  const probing = openConnections({ url, ...probes })
  const schema = createSchemaGuard(probing)
  const writers: Connections[] = []
  const scanning = openScans({ url, ...scans }, connections)
  const takeTurn = createTurns(scans.max)
  const runAtomically = createTransactions(connections)
  const beforeWrite = schema.requireSame
  const reader = createReader(connections.ask, trace, { preparedMax, beforeWrite })
  const scan = (whose: string) =>
    createReader(
      // Its timeout starts with its turn.
      (query, text) => takeTurn(whose, () => scanning.ask(query, text)),
      trace,
      { preparedMax: 0 },
    )
  const state = createWriteState(() =>
    reader.rows(sql`SELECT pg_logical_emit_message(true, 'campus', '')`),
  )

  /** On a connection of its own; writes nothing while the schema has been changed. */
  function createWriter<Statement, Item, Result>(
    create: (connections: Connections, statement: Statement) => Writer<Item, Result>,
    statement: Statement,
  ): Writer<Item, Result> {
    const own = openConnections({ url, ...batches })
    writers.push(own)
    const { write, concurrency } = create(own, statement)
    const guarded: typeof write = async (items) => {
      schema.requireSame()
      return state.follow(write(items))
    }
    return { write: guarded, concurrency }
  }

  return {
    dialect: 'postgres',
    columns: columnsOf.postgres,
    ...reader,
    prepare: (statement) => {
      const { sql: text, params } = dialect.sqlToQuery(statement)
      const isWrite = !isRead.test(text)
      return (given, whose) => {
        if (isWrite) beforeWrite()
        const values = fillPlaceholders(params, given)
        return (whose === undefined ? reader : scan(whose)).arrays(text, values)
      }
    },
    dataVersion: () => undefined,
    scan,
    prepareWrite: (statement) => createTemplate(dialect.sqlToQuery(statement)),
    atomically: async (statements, turn) => {
      schema.requireSame()
      return trace(transaction, () => state.follow(runAtomically(statements, turn)))
    },
    trace,
    batchWriter: (statement) => createWriter(createPostgresWriter, statement),
    bundleWriter: (statement) => createWriter(createPostgresBundleWriter, statement),
    horizon,
    commitOrder: ({ transaction, id }) => [transaction, id],
    marks,
    newest: sql`pg_snapshot_xmax(pg_current_snapshot())::text::bigint`,
    // Weak enough not to block bookings, which reference the row.
    rowLock: sql`FOR NO KEY UPDATE`,
    signedBy: signedByOf.postgres,
    json,
    ping: async () => void (await probing.ask((client) => client.unsafe('SELECT 1'))),
    requireWritable: state.requireWritable,
    migrate: async (folder) => {
      const files = await readMigrations(`${folder}/postgres`)
      schema.expect(await migratePostgres(url, files), files)
    },
    requireSchema: schema.compare,
    // Any number of processes may serve, as long as the server accepts their connections.
    claim: async () => true,
    keepLogShort: async () => {},
    close: async () => {
      const all = [connections, probing, scanning, ...writers]
      await Promise.all(all.map((each) => each.close()))
    },
  }
}

const marks: Store['marks'] = {
  mark: () => sql`pg_current_snapshot()::text`,
  // xmin:xmax:xip,xip …: transactions from xmax on, and those open then, were invisible.
  isAfter: ({ transaction }, mark) => sql`(
    ${transaction} >= split_part(${mark}, ':', 2)::bigint
    OR ${transaction} = ANY (string_to_array(split_part(${mark}, ':', 3), ',')::bigint[]))`,
}

// The oldest open transaction, except those of other databases, which write nothing here. One whose
// database is unknown counts.
const horizon = sql`(
  SELECT min(transaction) FROM (
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    UNION ALL
    SELECT open::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) AS open
    WHERE open::xid NOT IN (
      SELECT backend_xid FROM pg_stat_activity
      WHERE backend_xid IS NOT NULL AND datname <> current_database())) AS here (transaction))`

// JSON may contain a NUL or half of a surrogate pair, which jsonb cannot; such values match
// nothing. pg_input_is_valid would detect it as well, at two and a half times the cost.
const toJsonb = (column: Column) => sql`CASE WHEN ${column} IS JSON OBJECT
  AND (strpos(${column}, ${'\\u'}) = 0 OR ${column} !~ ${unstorable}) THEN ${column}::jsonb END`
const unstorable = String.raw`\\u(0000|[dD][89a-fA-F])`

const toMember = (column: Column, name: string) =>
  sql`(SELECT (${toJsonb(column)}) -> ${name}::text AS member) AS found`

const json: JsonMembers = {
  number: (column, name) => sql`(SELECT CASE jsonb_typeof(member) WHEN 'number'
    THEN member::numeric END FROM ${toMember(column, name)})`,
  text: (column, name) => sql`(SELECT CASE WHEN jsonb_typeof(member) IN ('string', 'boolean')
    THEN member #>> '{}' END FROM ${toMember(column, name)})`,
}

interface ReaderOptions {
  preparedMax: number
  /** Throws while nothing may be written. */
  beforeWrite?: () => void
}

function createReader(
  ask: Ask,
  trace: Trace,
  { preparedMax, beforeWrite = () => {} }: ReaderOptions,
): Reader & { arrays: (text: string, params: unknown[]) => Promise<unknown[][]> } {
  const known = new Set<string>()
  const asPrepared = (text: string) => {
    if (known.size < preparedMax) known.add(text)
    return { prepare: known.has(text) }
  }
  const query = (text: string, params: unknown[]) =>
    trace(text, () =>
      ask((client) => client.unsafe<object[]>(text, params as string[], asPrepared(text)), text),
    )
  const arrays = (text: string, params: unknown[]) =>
    trace(text, () =>
      ask((client) => client.unsafe(text, params as string[], asPrepared(text)).values(), text),
    )
  return {
    // The one cast of the PostgreSQL database to the SQLite type; see Columns.
    db: drizzle(async (text, params, method) => {
      if (!isRead.test(text)) beforeWrite()
      return { rows: await (method === 'all' ? arrays(text, params) : query(text, params)) }
    }) as unknown as Database,
    arrays,
    rows: async <Row>(statement: SQL) => {
      const { sql: text, params } = dialect.sqlToQuery(statement)
      return [...(await query(text, params))] as Row[]
    },
  }
}

const dialect = new PgDialect()
// Their statements differ in number, so the span has a fixed name.
const transaction = 'transaction'
