import type { Database } from 'bun:sqlite'
import { randomInt } from 'node:crypto'
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { BatchStatement } from './batch.ts'
import type { BundleStatement, Pick } from './bundle.ts'
import { migrationsTable, missing, type AppliedMigration, type Migration } from './migration.ts'
import { requireFinished, restoresName } from './restore-state.ts'
import { prepareBundle, type BundleRows } from './sqlite-bundle.ts'
import { openConnection, patience_ms, type Binding } from './sqlite-connection.ts'
import { prepareBatch, type BatchRow } from './sqlite-insert.ts'
import { createSigning } from './sqlite-signing.ts'
import { createSchemaGuard, type SchemaGuard } from './sqlite-schema.ts'

// The one thread that writes to SQLite files, with a port for each. It waits for the disk, so that
// the serving thread never does.

/** The tasks of the writer, each in its own transaction. */
export interface WriterTasks {
  open: (file: string) => void
  migrate: (files: Migration[]) => void
  /** Throws when the schema is not what the migrations made; every write then fails, too. */
  requireSchema: () => void
  /** Prepares a batch statement and returns its number. */
  prepare: (statement: BatchStatement) => number
  /**
   * Returns for each item, in order, whether it was inserted. The items are a `BatchRow[]` as JSON.
   */
  batch: (statement: number, items: string) => boolean[]
  /** Prepares the script of a kind of bundles and returns its number. */
  prepareBundle: (statement: BundleStatement) => number
  /**
   * Returns what was picked for each, in order; see `Bundle`. They are a `BundleRows[]` as JSON.
   */
  bundles: (script: number, bundles: string) => (Pick[] | undefined)[]
  /** Rows of one statement. */
  write: (statement: Sql) => unknown[][]
  /** Commits only if the last statement changed a row; returns whether. */
  atomically: (statements: Sql[]) => boolean
  /** Gives the database its own number, unless it has one, and checkpoints the log. */
  identify: () => number
  /** Writes to the disk without changing anything. */
  probe: () => void
  /** The state of the log after a checkpoint of this `mode`. */
  checkpoint: (mode: CheckpointMode) => LogState
  close: () => void
}

/**
 * NOOP: nothing. PASSIVE: copies. RESTART: copies, then restarts. TRUNCATE: copies, then empties.
 */
export type CheckpointMode = 'NOOP' | 'PASSIVE' | 'RESTART' | 'TRUNCATE'

export interface LogState {
  /** Pages in the log. */
  log: number
  /** How many of them have been copied to the database file. */
  checkpointed: number
}

export interface Sql {
  text: string
  params: Binding[]
  /** The user, for triggers; see signature.ts. */
  signedBy?: string | undefined
}

export interface Request {
  name: keyof WriterTasks
  args: unknown[]
}

export type Response = { value: unknown } | { error: { message: string; code: unknown } }

// Tasks that share a commit with their neighbours.
const joins = new Set<keyof WriterTasks>(['batch', 'bundles', 'atomically', 'write'])
const unchanged = new Error('nothing changed')

addEventListener('message', ({ data: port }: MessageEvent<MessagePort>) => {
  const respondAll = createWriter()
  port.on('message', (first: Request) => {
    const requests = [first]
    // Everything that arrived while the last commit waited for the disk goes into the next one.
    for (let next; (next = receiveMessageOnPort(port));) requests.push(next.message as Request)
    port.postMessage(respondAll(requests))
  })
})

function createWriter(): (requests: Request[]) => Response[] {
  let database: Database
  let schema: SchemaGuard
  let signed: ReturnType<typeof createSigning>
  const batches: ReturnType<typeof prepareBatch>[] = []
  const scripts: ReturnType<typeof prepareBundle>[] = []

  const tasks: WriterTasks = {
    open: (file) => {
      database = openConnection(file, { readonly: false })
      schema = createSchemaGuard(database)
      signed = createSigning(database)
    },
    migrate: (files) => {
      database.transaction(() => applyMissing(database, files)).immediate()
      schema.expect(files)
    },
    requireSchema: () => database.transaction(schema.require)(),
    prepare: (statement) => batches.push(prepareBatch(database, statement)) - 1,
    batch: (statement, items) => commit(() => runBatch(statement, items)),
    prepareBundle: (statement) => scripts.push(prepareBundle(database, statement)) - 1,
    bundles: (script, bundles) => commit(() => runBundles(script, bundles)),
    write: (statement) => commit(() => runWrite(statement)),
    atomically,
    identify: () => identify(database),
    probe: () => writeIdentity(database, readIdentity(database)),
    checkpoint: (mode) => checkpoint(database, mode),
    // Unfinalized statements would keep the file open, and its log.
    close: () => database.close(true),
  }

  function runWrite({ text, params, signedBy }: Sql): unknown[][] {
    return signed(signedBy, () => database.query(text).values(...params))
  }

  /** The schema cannot change between this check and the commit. */
  function commit<T>(work: () => T): T {
    const run = database.transaction(() => {
      schema.require()
      return work()
    })
    return run.immediate()
  }

  // Within the transaction of a group this is a savepoint.
  function atomically(statements: Sql[]): boolean {
    try {
      commit(() => {
        const signer = statements.find(({ signedBy }) => signedBy !== undefined)?.signedBy
        const changes = signed(signer, () =>
          statements.map(({ text, params }) => database.query(text).run(...params).changes),
        )
        if (!changes.at(-1)) throw unchanged
      })
      return true
    } catch (error) {
      if (error === unchanged) return false
      throw error
    }
  }

  function respondAll(requests: Request[]): Response[] {
    const responses: Response[] = []
    while (responses.length < requests.length) {
      const rest = requests.slice(responses.length)
      const other = rest.findIndex(({ name }) => !joins.has(name))
      const group = other === -1 ? rest : rest.slice(0, other)
      responses.push(...(commitTogether(group) ?? rest.slice(0, group.length || 1).map(respond)))
    }
    return responses
  }

  // Undefined for a single task, or when one of them failed: then each runs on its own.
  function commitTogether(requests: Request[]): Response[] | undefined {
    if (requests.length < 2) return undefined
    try {
      return commit(() => requests.map(respondInGroup))
    } catch {
      return undefined
    }
  }

  // A list of statements that fails or changes nothing does not affect the others; a batch does.
  function respondInGroup(request: Request): Response {
    const { name, args } = request
    if (name === 'batch') return { value: runBatch(...(args as [number, string])) }
    if (name === 'bundles') return { value: runBundles(...(args as [number, string])) }
    const response = name === 'write' ? respondWrite(...(args as [Sql])) : respond(request)
    // After some errors, such as a full disk, SQLite has rolled back everything.
    if (!database.inTransaction) throw new Error('The group was rolled back')
    return response
  }

  function respond({ name, args }: Request): Response {
    try {
      const task = tasks[name] as (...args: unknown[]) => unknown
      return { value: task(...args) }
    } catch (error) {
      return toFault(error)
    }
  }

  // A statement that fails undoes itself, so within a group it needs no savepoint.
  function respondWrite(statement: Sql): Response {
    try {
      return { value: runWrite(statement) }
    } catch (error) {
      return toFault(error)
    }
  }

  function runBatch(statement: number, items: string): boolean[] {
    const insertOne = batches[statement] as ReturnType<typeof prepareBatch>
    return (JSON.parse(items) as BatchRow[]).map(insertOne)
  }

  function runBundles(script: number, bundles: string): (Pick[] | undefined)[] {
    const run = scripts[script] as ReturnType<typeof prepareBundle>
    return (JSON.parse(bundles) as BundleRows[]).map(run)
  }

  return respondAll
}

function toFault(error: unknown): Response {
  const { message, code } = error as Error & { code?: unknown }
  return { error: { message, code } }
}

function applyMissing(database: Database, files: Migration[]): void {
  requireRestored(database)
  database.run(migrationsTable)
  const applied = database.query<AppliedMigration, []>('SELECT name, hash FROM migrations').all()
  for (const { name, hash, text } of missing(files, applied)) {
    database.run(text)
    database.run('INSERT INTO migrations (name, hash) VALUES (?, ?)', [name, hash])
  }
}

function requireRestored(database: Database): void {
  const marks = database.query('SELECT 1 FROM sqlite_schema WHERE name = ?').get(restoresName)
  if (!marks) return
  requireFinished(database.query<{ state: string }, []>('SELECT state FROM restores').all())
}

// `user_version` is in the file header, so every copy has it, and no table is needed.
function identify(database: Database): number {
  const choose = database.transaction(() => {
    const known = readIdentity(database)
    if (known !== 0) return known
    return writeIdentity(database, randomInt(1, 2 ** 31))
  })
  const identity = choose.immediate()
  checkpoint(database, 'TRUNCATE')
  return identity
}

function readIdentity(database: Database): number {
  return (
    database
      .query<{ identity: number }, []>('SELECT user_version AS identity FROM pragma_user_version')
      .get()?.identity ?? 0
  )
}

function writeIdentity(database: Database, identity: number): number {
  database.run(`PRAGMA user_version = ${identity}`)
  return identity
}

function checkpoint(database: Database, mode: CheckpointMode): LogState {
  // A long read, such as a backup, must not block writers.
  database.run('PRAGMA busy_timeout = 0')
  try {
    return database.query<LogState, []>(`PRAGMA wal_checkpoint(${mode})`).get() as LogState
  } finally {
    database.run(`PRAGMA busy_timeout = ${patience_ms}`)
  }
}
