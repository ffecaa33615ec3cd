import { Database } from 'bun:sqlite'
import { makePrivateFile } from './private-file.ts'
import { storageFault } from './error.ts'

export type Binding = string | number | null | Uint8Array

// Required for "acknowledged means durable" and for foreign keys; verified after being set.
const pragmas: Record<string, string | number> = {
  journal_mode: 'wal',
  synchronous: 2,
  foreign_keys: 1,
  recursive_triggers: 1,
  trusted_schema: 0, // what a file brings along may not call what is unsafe
  temp_store: 2,
  cache_size: -65_536, // 64 MiB at most: the overlap index of a million allocations
  // Pages, 256 MiB of log: a fallback, as sqlite-log.ts keeps it shorter.
  wal_autocheckpoint: 64_000,
}

// Kept prepared for each connection; of the twenty that Bun keeps, a service has more in use.
const statementsMax = 256

/** How long a connection waits for another writer. */
export const patience_ms = 5000
const retryEvery_ms = 5

/**
 * Opens a SQLite file in WAL mode with `synchronous=FULL`: a commit is on the disk before it is
 * acknowledged. Creates the file when it is missing, readable by its owner only. Waits up to 5 s
 * for another process that is writing.
 * @throws Error when SQLite refuses one of our settings
 */
export function openConnection(file: string, options: { readonly: boolean }): Database {
  // SQLite itself would make it and its log readable by everybody.
  if (!options.readonly) makePrivateFile(file)
  const database = options.readonly
    ? new Database(file, { readonly: true })
    : new Database(file, { readwrite: true })
  Database.MAX_QUERY_CACHE_SIZE = statementsMax
  database.run(`PRAGMA busy_timeout = ${patience_ms}`)
  for (const [name, value] of Object.entries(pragmas)) {
    retryWhileBusy(() => database.run(`PRAGMA ${name} = ${value}`))
    const actual = Object.values(database.query(`PRAGMA ${name}`).get() as object)[0]
    if (actual !== value) throw new Error(`SQLite refused PRAGMA ${name} = ${value}: ${actual}`)
  }
  return database
}

// SQLite itself does not wait when one process enables WAL while another one writes.
function retryWhileBusy(work: () => void): void {
  const giveUp = Date.now() + patience_ms
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (storageFault(error) !== 'busy' || Date.now() > giveUp) throw error
      Bun.sleepSync(retryEvery_ms)
    }
  }
}
