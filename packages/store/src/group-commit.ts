import { storageFault, StoreBusyError } from './error.ts'

/** Adds an item to the next commit, and resolves with its result once that is durable. */
export type Enqueue<Item, Result> = (item: Item) => Promise<Result>

export interface GroupWriter<Item, Result> {
  /** Writes the items in one commit and returns their results, in order. */
  write: (items: Item[]) => Promise<Result[]>
  /** How many writes may be in flight at once. */
  concurrency: number
  /** How many rows an item has; by default one. */
  rowsOf?: (item: Item) => number
  /** Whether an error affects all items; by default any database fault does. */
  isOfAll?: (error: unknown) => unknown
}

// Beyond 256 rows per commit throughput no longer grows, but the latency of the first row does.
const rowsPerCommitMax = 256
// A turn of a busy event loop takes a millisecond, during which the writer should not idle.
const itemsToWaitFor = 16
// About a third of a second of work. A longer queue would only make every caller time out.
const queueMax = 10_000

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Group commit: what arrives together shares one statement and one fsync. While the writer is free,
 * the queue is flushed on the next turn of the loop, or earlier if it is long; while the writer is
 * busy, it collects.
 * @returns a function that adds an item; it throws StoreBusyError when the queue is full
 */
export function createGroupCommit<Item, Result>(
  writer: GroupWriter<Item, Result>,
): Enqueue<Item, Result> {
  const queue: Waiting<Item, Result>[] = []
  const { rowsOf = () => 1 } = writer
  let inFlight = 0
  let queuedRows = 0
  let scheduled = false

  function takeNext(): Waiting<Item, Result>[] {
    let count = 0
    for (let rows = 0; count < queue.length; count++) {
      rows += rowsOf((queue[count] as Waiting<Item, Result>).item)
      if (rows > rowsPerCommitMax && count > 0) break
    }
    const taken = queue.splice(0, count)
    for (const { item } of taken) queuedRows -= rowsOf(item)
    return taken
  }

  function flush() {
    scheduled = false
    while (queue.length > 0 && inFlight < writer.concurrency) {
      inFlight++
      void writeAll(writer, takeNext()).then(() => {
        inFlight--
        flush()
      })
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      const rows = rowsOf(item)
      if (queuedRows + rows > queueMax) return reject(queueFull())
      queuedRows += rows
      queue.push({ item, resolve, reject })
      if (queue.length >= itemsToWaitFor) return flush()
      if (!scheduled) setImmediate(flush)
      scheduled = true
    })
}

async function writeAll<Item, Result>(
  writer: GroupWriter<Item, Result>,
  waiting: Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await writer.write(waiting.map(({ item }) => item))
    waiting.forEach(({ resolve }, at) => resolve(results[at] as Result))
  } catch (error) {
    const { isOfAll = storageFault } = writer
    // Invalid data is of one item: find it.
    if (isOfAll(error) || waiting.length === 1) waiting.forEach(({ reject }) => reject(error))
    else for (const half of toHalves(waiting)) await writeAll(writer, half)
  }
}

function toHalves<T>(list: T[]): [T[], T[]] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}

function queueFull() {
  return new StoreBusyError(
    'queue_full',
    'Too many requests are waiting for the database. Please retry later.',
  )
}
