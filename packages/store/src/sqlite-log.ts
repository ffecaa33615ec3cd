import type { LogState } from './sqlite-worker.ts'
import type { Writer } from './sqlite-writer.ts'

// Pages, 64 MiB of log: long enough that a frequently changed page is copied once.
const longLog = 16_000
// So few that the writer copies them between two commits unnoticed.
const fewPages = 256
// Writes continue while pages are copied; each round leaves fewer.
const copiesMax = 4
const idleLooks = 5
const looksMax = 120

/**
 * Keeps the log of a SQLite file short; call what it returns every second. Copying a long log takes
 * seconds, so another thread does it, and the writer copies only what was added meanwhile. The log
 * restarts when it is long, and at least every two minutes; it is truncated after five seconds
 * without a write.
 * @param copier opens the file on a thread that no request waits for
 */
export function createLogKeeper(writer: Writer, copier: () => Promise<Writer>) {
  let last: LogState = { log: 0, checkpointed: 0 }
  let sameFor = 0
  let sinceEmpty = 0

  return async function keepLogShort(): Promise<void> {
    const state = await writer.ask('checkpoint', 'NOOP')
    sameFor = Bun.deepEquals(state, last) ? sameFor + 1 : 0
    sinceEmpty = state.log > state.checkpointed ? sinceEmpty + 1 : 0
    last = state
    const isIdle = sameFor >= idleLooks
    if (state.log === 0 || !(isIdle || state.log >= longLog || sinceEmpty >= looksMax)) return
    let left = state.log - state.checkpointed
    for (let copies = 0; left > fewPages && copies < copiesMax; copies++) {
      const copied = await (await copier()).ask('checkpoint', 'PASSIVE')
      left = copied.log - copied.checkpointed
    }
    // Overwriting a log of constant size is faster.
    last = await writer.ask('checkpoint', isIdle ? 'TRUNCATE' : 'RESTART')
    sinceEmpty = 0
  }
}
