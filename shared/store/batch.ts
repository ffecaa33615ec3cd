import { storageFault } from './error.ts'
import { unavailable } from '../problem.ts'
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

// Past 256 rows a commit, throughput no longer grows and the wait of the first row does.
const rowsPerCommitMax = 256
// A busy loop takes a millisecond a turn. The writer need not be idle all the while.
const rowsToWaitFor = 16
// About a third of a second of work. More would only make every caller wait for its time-out.
const queueMax = 10_000

interface Waiting extends BatchItem {
  resolve: (won: boolean) => void
  reject: (error: unknown) => void
}

/**
 * Group commit: rows that arrive together share one statement and one fsync. The queue is flushed
 * on the next turn of the loop, or as soon as there are some, while the writer is free; it collects
 * while the writer is not.
 */
export function createBatch<Row extends { id: string }>(
  store: Store,
  statement: BatchStatement<Row>,
): Batch<Row> {
  const writer = store.batchWriter(statement)
  const name = `INSERT INTO ${statement.into} ${statement.select}`
  const queue: Waiting[] = []
  let inFlight = 0
  let scheduled = false

  function flush() {
    scheduled = false
    while (queue.length > 0 && inFlight < writer.concurrency) {
      inFlight++
      void writeAll(writer, queue.splice(0, rowsPerCommitMax)).then(() => {
        inFlight--
        flush()
      })
    }
  }

  function enqueue(item: BatchItem): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (queue.length >= queueMax) return reject(queueFull())
      queue.push({ ...item, resolve, reject })
      if (queue.length >= rowsToWaitFor) return flush()
      if (!scheduled) setImmediate(flush)
      scheduled = true
    })
  }

  return {
    // Its span ends with the commit that it waits for, and shares with others.
    add: (row, storedResponse, share) =>
      store.trace(name, () => enqueue({ row, storedResponse, share })),
  }
}

async function writeAll(writer: BatchWriter, items: Waiting[]): Promise<void> {
  try {
    const won = await writer.write(items)
    for (const item of items) item.resolve(won.has(item.row.id))
  } catch (error) {
    // A fault of the database is everybody's. A fault of the data belongs to one row: find it.
    if (storageFault(error) || items.length === 1) items.forEach((item) => item.reject(error))
    else for (const item of items) await writeAll(writer, [item])
  }
}

function queueFull() {
  return unavailable(
    'queue_full',
    'Too many requests are waiting for the database. Please retry later.',
  )
}
