import { createGroupCommit } from './group-commit.ts'
import type { Store } from './store.ts'

export type InputKind = 'id' | 'instant' | 'text' | 'integer'

/** The stored response for retries: key and hash of the request, and the response. */
export interface StoredResponse {
  key: string
  request_hash: string
  answer: string
}

/**
 * The daily limit of a row: it is inserted only while its user has less than `max` in
 * `daily_counts`.
 */
export interface DailyShare {
  /** When the day began, in milliseconds since 1970. */
  day: number
  max: number
}

export interface BatchItem {
  row: Record<string, unknown> & { id: string }
  storedResponse: StoredResponse | undefined
  share: DailyShare | undefined
}

/** A statement for rows of a type; `insertInto` makes it from a table. */
export interface BatchStatement<Row = Record<string, unknown>> {
  /** Carries the type of the rows; never set. */
  readonly row?: Row
  /** The columns of the relation `input` that the statement selects from. */
  input: Record<string, InputKind>
  /** `table (column, …)`. Rows that lose to one of its constraints are left out; nothing fails. */
  into: string
  /** The constraint that rows lose to, if no row may be inserted without it. */
  constraint?: string
  /** The column with the user whose daily limit a row counts towards; needs `daily_counts`. */
  countedBy?: string
  /** Portable SQL, `SELECT … FROM input … WHERE …`; it may join and filter. */
  select: string
  /**
   * The order of the rows in a statement: the same everywhere, so that two processes lock in the
   * same order and never deadlock.
   */
  order: string
}

export interface BatchWriter {
  /** Writes the items in one commit and returns the ids of those inserted. */
  write: (items: BatchItem[]) => Promise<Set<string>>
  /** How many writes may be in flight at once. */
  concurrency: number
}

export interface Batch<Row> {
  /**
   * Adds a row to the next commit. A missing or extra member does not compile.
   * @returns true once the row is durable, false when it lost
   * @throws 503 when the queue is full or the database is unavailable; the row is then not stored,
   *   unless the connection died during the commit, when nobody can know
   */
  add: <Given extends Row>(
    row: Given & Record<Exclude<keyof Given, keyof Row>, never>,
    storedResponse?: StoredResponse,
    share?: DailyShare,
  ) => Promise<boolean>
}

/** Rows that arrive together share one statement and one fsync; see `createGroupCommit`. */
export function createBatch<Row extends { id: string }>(
  store: Store,
  statement: BatchStatement<Row>,
): Batch<Row> {
  const { write, concurrency } = store.batchWriter(statement)
  const name = `INSERT INTO ${statement.into} ${statement.select}`
  const enqueue = createGroupCommit<BatchItem, boolean>({
    write: async (items) => {
      const won = await write(items)
      return items.map(({ row }) => won.has(row.id))
    },
    concurrency,
  })
  return {
    // Its span ends with the commit, which it shares with others.
    add: (row, storedResponse, share) =>
      store.trace(name, () => enqueue({ row, storedResponse, share })),
  }
}
