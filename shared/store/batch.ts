import { createGroupCommit } from './group-commit.ts'
import type { Store } from './store.ts'

export type InputKind = 'id' | 'instant' | 'text' | 'integer'

/** Answers a repeated request: the request's key and hash, and what the first answer said. */
export interface StoredResponse {
  key: string
  request_hash: string
  answer: string
}

/** The day a row counts for: it wins only while its user has less than `max` in `daily_counts`. */
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
  /** The type of the rows; never there. */
  readonly row?: Row
  /** The columns of the relation `input` that the statement selects from. */
  input: Record<string, InputKind>
  /** `table (column, …)`. Rows that lose to one of its constraints are left out; nothing fails. */
  into: string
  /** The constraint that rows lose to, when there is one that must be there for any to win. */
  constraint?: string
  /** The column that names whose day a row counts for; the database has `daily_counts`. */
  countedBy?: string
  /** Portable SQL, `SELECT … FROM input … WHERE …`; it may join, and leave rows out as well. */
  select: string
  /**
   * The order of the rows where many go into one statement. The same everywhere, so that two
   * processes wait for each other's rows in the same order and never deadlock.
   */
  order: string
}

export interface BatchWriter {
  /** Writes the items in one commit and returns the ids of those that won. */
  write: (items: BatchItem[]) => Promise<Set<string>>
  /** How many writes may be under way at once. */
  concurrency: number
}

export interface Batch<Row> {
  /**
   * Adds a row to the next commit. One that lacks a member, or has one too many, does not compile.
   * @returns true when the row is durably in the database, false when it lost
   * @throws 503 when the queue is full or the database is away; the row is not in then, except
   *   when the connection died in mid-commit and nobody can know
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
    // Its span ends with the commit that it waits for, and shares with others.
    add: (row, storedResponse, share) =>
      store.trace(name, () => enqueue({ row, storedResponse, share })),
  }
}
