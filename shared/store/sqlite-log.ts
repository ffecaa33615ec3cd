import type { LogState } from './sqlite-worker.ts'
import type { Writer } from './sqlite-writer.ts'

// Pages. At 64 MiB of log a page that changes again and again is written once.
const longLog = 16_000
// As many as the writer copies between two commits without anybody noticing.
const fewPages = 256
// Writers go on while pages are copied; each time there are fewer left.
const copiesMax = 4
const idleLooks = 5
const looksMax = 120

/**
 * Keeps the log of a SQLite file short; call what it returns every second. Copying the pages of a
 * long log takes seconds, so another thread does it, and the writer only what came meanwhile. The
 * log begins anew when it is long, and after two minutes at most; it is emptied when nobody wrote
 * for five seconds.
 * @param copier opens the file on a thread that nobody waits for
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
    // A log that keeps its size is written faster.
    last = await writer.ask('checkpoint', isIdle ? 'TRUNCATE' : 'RESTART')
    sinceEmpty = 0
  }
}
