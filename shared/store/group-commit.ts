import { unavailable } from '../problem.ts'
import { storageFault } from './error.ts'

/** Adds an item to the next commit, and resolves with what came of it when that is on the disk. */
export type Enqueue<Item, Result> = (item: Item) => Promise<Result>

export interface GroupWriter<Item, Result> {
  /** Writes the items in one commit and returns what came of each, in order. */
  write: (items: Item[]) => Promise<Result[]>
  /** How many writes may be under way at once. */
  concurrency: number
  /** How many rows an item stands for, where it is not one. */
  rowsOf?: (item: Item) => number
  /** Whether an error is about all of them; by default a fault of the database is. */
  isOfAll?: (error: unknown) => unknown
}

// Past 256 rows a commit, throughput no longer grows and the wait of the first row does.
const rowsPerCommitMax = 256
// A busy loop takes a millisecond a turn. The writer need not be idle all the while.
const itemsToWaitFor = 16
// About a third of a second of work. More would only make every caller wait for its time-out.
const queueMax = 10_000

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Group commit: what arrives together shares one statement and one fsync. The queue is flushed on
 * the next turn of the loop, or as soon as there is some, while the writer is free; it collects
 * while the writer is not.
 * @returns adds one; it throws 503 when the queue is full
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
    // A fault of the data belongs to one: find it.
    if (isOfAll(error) || waiting.length === 1) waiting.forEach(({ reject }) => reject(error))
    else for (const half of toHalves(waiting)) await writeAll(writer, half)
  }
}

function toHalves<T>(list: T[]): [T[], T[]] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}

function queueFull() {
  return unavailable(
    'queue_full',
    'Too many requests are waiting for the database. Please retry later.',
  )
}
