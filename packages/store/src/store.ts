import type { Column, SQL, SQLWrapper, Table } from 'drizzle-orm'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import type { BatchStatement, BatchWriter } from './batch.ts'
import type { BundleStatement, BundleWriter } from './bundle.ts'
import type { Columns } from './columns.ts'
import type { Signer } from './signature.ts'
import type { Filled, Given } from './template.ts'
import type { Trace } from './trace.ts'

/** drizzle on either database. PostgreSQL's is cast to this type once, in postgres.ts. */
export type Database = BaseSQLiteDatabase<'sync' | 'async', unknown>

/** Ways to read. */
export interface Reader {
  db: Database
  /** Rows of a hand-written, portable query, as the driver returns them. */
  rows: <Row>(query: SQL) => Promise<Row[]>
}

/** @param whose the user a scan is for; by default it is not a scan */
export type PreparedQuery = (given: Record<string, unknown>, whose?: string) => Promise<unknown[][]>

/** SQL for a member of a JSON object; NULL when it is missing or of another type. */
export interface JsonMembers {
  number: (column: Column, name: string) => SQL
  /** A string as it is; a boolean as `true` or `false`. */
  text: (column: Column, name: string) => SQL
}

/** A table of events: ids are assigned in order, but commits may be in another. */
export type LogTable = Table & Record<'id' | 'transaction', Column>

/** Finds what was committed since a log was last read. */
export interface LogMarks {
  /** What a statement sees, as text to keep for the next read. */
  mark: (log: LogTable) => SQL
  /**
   * Whether a row was committed after a mark, exactly: also for one written by an older
   * transaction, and however long others stay open.
   */
  isAfter: (log: LogTable, mark: SQLWrapper) => SQL
}

/**
 * The database of a service: SQLite or PostgreSQL behind one interface. Only this folder knows
 * dialects, drivers and transactions.
 */
export interface Store extends Reader {
  /** The name of the migrations folder; do not branch on it outside this package. */
  dialect: 'sqlite' | 'postgres'
  columns: Columns
  /**
   * Builds a portable statement with placeholders once: a read, or a write of one statement.
   * `prepareRead` makes rows of a table of it.
   * @returns a function that runs it with the values of the placeholders, as a scan when a user is
   *   given; rows are arrays, as the driver returns them
   */
  prepare: (query: SQL) => PreparedQuery
  /**
   * Changes with every commit of anybody, and costs less than a read; see `keepReads`. Undefined on
   * PostgreSQL, which counts none.
   */
  dataVersion: () => number | undefined
  /**
   * For queries that may read many rows: they run beside everything else, few at once, with a
   * longer timeout. SQLite has a thread for them, PostgreSQL two connections.
   * @param whose the user it is for; users take turns, and each has one scan running
   * @returns a reader whose queries throw StoreBusyError when too many of the user's are waiting
   */
  scan: (whose: string) => Reader
  /**
   * Runs the statements as one transaction, in order, and commits only if the last one changed a
   * row. There is no code between them, so nothing can wait inside a transaction.
   * @param turn if given, it may share a commit with others that arrive at the same time, which
   *   costs less; their failure does not affect it. It names the row that others may write as well,
   *   so that rows are locked in the same order everywhere. On SQLite commits are always shared.
   * @returns whether it was committed
   */
  atomically: (statements: (SQL | Filled)[], turn?: string) => Promise<boolean>
  /**
   * Builds a statement with placeholders once, for `atomically`.
   * @returns a function that fills it with the values of the placeholders by name
   */
  prepareWrite: (statement: SQL) => (given: Given) => Filled
  /** For `createBatch`; use that one. */
  batchWriter: (statement: BatchStatement) => BatchWriter
  /** For `createBundles`; use that one. */
  bundleWriter: (statement: BundleStatement) => BundleWriter
  /** Rows whose `transaction` is below this are final: nothing will appear before them. */
  horizon: SQL
  /**
   * The columns that put the rows of a log into commit order, for `ORDER BY` and to resume at a
   * row: on SQLite, with its one writer, `id` alone.
   */
  commitOrder: <Log extends { transaction: Column; id: Column }>(
    log: Log,
  ) => (Log['transaction'] | Log['id'])[]
  /** For a reader of a log that does not need commit order. */
  marks: LogMarks
  /** All transactions open now are below it: once `horizon` reaches it, they are final. */
  newest: SQL
  /** Ends a `SELECT` that locks its rows: a second one waits. Empty on SQLite: one writer. */
  rowLock: SQL
  /**
   * A condition that is always true, for the WHERE of a write: it tells triggers on whose behalf
   * the write is. In `atomically` it covers the statements after it as well. SQL by hand has none.
   * @param signer a user's id, or the placeholder of a prepared statement for one
   */
  signedBy: (signer: Signer) => SQL
  /** Reads members of JSON objects that are stored as text. */
  json: JsonMembers
  /** Traces a statement as a span of its request. */
  trace: Trace
  /** Throws unless the database responds. */
  ping: () => Promise<void>
  /** Throws while the disk is full or broken; probes it only after a failed write. */
  requireWritable: () => Promise<void>
  /** Applies the pending migrations of a folder, in order, under a lock. */
  migrate: (folder: string) => Promise<void>
  /**
   * Compares the schema with what the migrations make, by its exact text. While it differs, every
   * write fails with that: SQLite checks within each transaction; PostgreSQL whenever this is
   * called, and with each batch the constraint that it names.
   * @param age_ms how old a comparison that found no difference may be, on PostgreSQL
   * @throws an error that names what differs
   */
  requireSchema: (age_ms?: number) => Promise<void>
  /**
   * Claims this database for serving; call it after migrating.
   * @returns false when another process already serves it and must be the only one: two writers of
   *   one SQLite file are slower than one, and make each other wait for half a second
   */
  claim: () => Promise<boolean>
  /** Checkpoints the log of a SQLite file when it is time; to be called every second. */
  keepLogShort: () => Promise<void>
  close: () => Promise<void>
}
