import { createReaderThread } from './sqlite-reader.ts'
import { startThread } from './sqlite-writer.ts'
import type { OnEnd } from './sqlite-thread.ts'
import type { Store } from './store.ts'
import { untraced, type Trace } from './trace.ts'

export interface Stores {
  /**
   * Opens a database.
   * @param url `sqlite:<file>` (created when missing, with its folder) or `postgres://…`
   * @throws what the driver throws when the database cannot be opened
   */
  open: (url: string) => Promise<Store>
  /** Closes all of them. */
  close: () => Promise<void>
}

/**
 * The databases of one process. Those on SQLite share its threads.
 * @param onEnd called when such a thread ended by a fault: whatever needs it fails from then on
 */
export function createStores(trace: Trace = untraced, onEnd: OnEnd = () => {}): Stores {
  const opened: Store[] = []
  const reader = createReaderThread(onEnd)
  let writer: Worker | undefined
  let copier: Worker | undefined

  async function open(url: string): Promise<Store> {
    // Loaded on demand: the driver of the other database would cost 5 MB and 50 ms at the start.
    if (!url.startsWith('sqlite:')) {
      const { openPostgres } = await import('./postgres.ts')
      return openPostgres(url, trace)
    }
    const { openSqlite } = await import('./sqlite.ts')
    writer ??= startThread(onEnd)
    const threads = { writer, copier: () => (copier ??= startThread(onEnd)), reader }
    return openSqlite(threads, url.slice('sqlite:'.length), trace)
  }

  return {
    open: async (url) => {
      const store = await open(url)
      opened.push(store)
      return store
    },
    close: async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()))
      reader.stop()
      writer?.terminate()
      copier?.terminate()
      writer = copier = undefined
    },
  }
}
