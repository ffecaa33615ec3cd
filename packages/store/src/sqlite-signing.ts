import type { Database } from 'bun:sqlite'

/** Signs part of a transaction on a SQLite file, also one that fails, and nothing after it. */
export function createSigning(database: Database) {
  return function signed<T>(signer: string | undefined, work: () => T): T {
    if (signer === undefined) return work()
    database.query('INSERT INTO signatures (signed_by) VALUES (?)').run(signer)
    try {
      return work()
    } finally {
      // After some errors, such as a full disk, SQLite has rolled back everything.
      if (database.inTransaction) database.query('DELETE FROM signatures').run()
    }
  }
}
