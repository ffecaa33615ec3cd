import type { Column, SQL, SQLWrapper, Table } from 'drizzle-orm'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import type { BatchStatement, BatchWriter } from './batch.ts'
import type { BundleStatement, BundleWriter } from './bundle.ts'
import type { Columns } from './columns.ts'
import type { Signer } from './signature.ts'
import type { Filled, Given } from './template.ts'
import type { Trace } from './trace.ts'

/** drizzle on either database. The PostgreSQL one is cast to this type once, in postgres.ts. */
export type Database = BaseSQLiteDatabase<'sync' | 'async', unknown>

/** Ways to read. */
export interface Reader {
  db: Database
  /** Rows of a hand-written, portable query, as the driver returns them. */
  rows: <Row>(query: SQL) => Promise<Row[]>
}

/** @param whose the user a scan is for; by default it is none */
export type PreparedQuery = (given: Record<string, unknown>, whose?: string) => Promise<unknown[][]>

/** SQL for a member of a JSON object; NULL when it is not there, or of another type. */
export interface JsonMembers {
  number: (column: Column, name: string) => SQL
  /** Text as it is; `true` and `false` for those. */
  text: (column: Column, name: string) => SQL
}

/** A table of what happened: ids come in order, commits need not. */
export type LogTable = Table & Record<'id' | 'transaction', Column>

/** Tells what was committed since somebody last looked at a log. */
export interface LogMarks {
  /** All that a statement sees, as text to keep for the next look. */
  mark: (log: LogTable) => SQL
  /**
   * Whether a row was committed after a mark, exactly: also one that an older transaction wrote,
   * and however long others stay open.
   */
  isAfter: (log: LogTable, mark: SQLWrapper) => SQL
}

/**
 * One service's database, SQLite or PostgreSQL behind one interface. Only this folder knows
 * dialects, drivers and transactions.
 */
export interface Store extends Reader {
  /** Names the migrations folder; never branch on it outside shared/store. */
  dialect: 'sqlite' | 'postgres'
  columns: Columns
  /**
   * Builds a portable statement with placeholders once: a read, or a write of one statement.
   * `prepareRead` makes rows of a table of it.
   * @returns runs it with the values of the placeholders, as a scan when it says for whom; rows are
   *   arrays, as the driver has them
   */
  prepare: (query: SQL) => PreparedQuery
  /**
   * For queries that may read many rows: they run beside everything else, few at once, with a
   * longer timeout where there is one. On SQLite a thread of its own reads, on PostgreSQL two
   * connections.
   * @param whose the user it is for; users take turns, and each has one scan running
   * @returns a reader whose queries throw 503 when too many of the user's wait already
   */
  scan: (whose: string) => Reader
  /**
   * Runs the statements as one transaction, in order, and keeps it only when the last one changed
   * a row. There is no code between them, so nothing can wait inside a transaction.
   * @param turn given: it may share a commit with others that come at the same time, which costs
   *   less; whatever becomes of them. It names the row that others may write as well, as theirs do,
   *   so that rows are locked in the same order everywhere. On SQLite commits are always shared.
   * @returns whether it was kept
   */
  atomically: (statements: (SQL | Filled)[], turn?: string) => Promise<boolean>
  /**
   * Builds a statement with placeholders once, for `atomically`.
   * @returns fills it with the values of the placeholders, by their names
   */
  prepareWrite: (statement: SQL) => (given: Given) => Filled
  /** How `createBatch` writes; use that one. */
  batchWriter: (statement: BatchStatement) => BatchWriter
  /** How `createBundles` writes; use that one. */
  bundleWriter: (statement: BundleStatement) => BundleWriter
  /** Rows whose `transaction` column is below this are final: nothing will appear before them. */
  horizon: SQL
  /**
   * The columns by which the rows of a log are in the order of their commits, for `ORDER BY` and to
   * begin at a row: on SQLite, with its one writer, `id` alone.
   */
  commitOrder: <Log extends { transaction: Column; id: Column }>(
    log: Log,
  ) => (Log['transaction'] | Log['id'])[]
  /** For who follows a log and need not know in which order its rows were committed. */
  marks: LogMarks
  /** All transactions that are open now are below it: once `horizon` is there, they are final. */
  newest: SQL
  /** Ends a `SELECT` that locks its rows: a second one waits. Empty on SQLite: one writer. */
  rowLock: SQL
  /**
   * A condition that is always true, for the WHERE of a write: triggers learn on whose behalf it is
   * done. In `atomically` it covers the statements after it as well. SQL by hand has none.
   * @param signer a user's id, or the placeholder of a prepared statement for one
   */
  signedBy: (signer: Signer) => SQL
  /** Reads members of JSON objects that are kept as text. */
  json: JsonMembers
  /** Traces a statement as a span of its request. */
  trace: Trace
  /** Throws unless the database answers. */
  ping: () => Promise<void>
  /** Throws while the disk is full or broken; probes it only after a write failed. */
  requireWritable: () => Promise<void>
  /** Applies the pending migrations of a folder, in order, under a lock. */
  migrate: (folder: string) => Promise<void>
  /**
   * Compares the schema with what the migrations make, by its exact text. While it is another one,
   * every write fails with that: SQLite looks within each transaction, PostgreSQL whenever this is
   * called, and at the constraint that a batch names with each of its statements.
   * @throws an error that names what differs
   */
  requireSchema: () => Promise<void>
  /**
   * Claims to serve this database; call once it is migrated.
   * @returns false when another process serves it as well and should not: two that write to one
   *   SQLite file are slower than one, and make each other wait for half a second
   */
  claim: () => Promise<boolean>
  /** Copies what is in the log of a SQLite file into the file, when it is time; every second. */
  keepLogShort: () => Promise<void>
  close: () => Promise<void>
}
