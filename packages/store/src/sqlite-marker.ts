import { Database } from 'bun:sqlite'
import { existsSync, rmSync, statSync } from 'node:fs'
import { makePrivateFile } from './private-file.ts'
import { storageFault } from './error.ts'

// Beside each database is a marker: a SQLite file without tables, which records that there is a
// database and, by the `user_version` of both, which one. The process that serves the database
// keeps the marker locked; the lock ends with the process, however it ends.

/** The marker of a SQLite file. */
const markerOf = (file: string) => `${file}-marker`

/**
 * @throws Error that says what to do when the marker is of another database, or the database is
 *   missing. Nothing is created or changed.
 */
export function requireOwnDatabase(file: string): void {
  const marker = markerOf(file)
  if (!existsSync(marker)) return
  const marked = read(marker)
  // Locked: the process that serves the database has checked.
  if (marked === undefined || marked === 0) return
  const isThere = existsSync(file) && statSync(file).size > 0
  if (isThere && read(file) === marked) return
  throw new Error(
    `${marker} says that there was a database, and ${file} is ` +
      `${isThere ? 'another one' : 'missing or empty'}. Nothing was changed. Put the database ` +
      'back, with its -wal file if there is one, or restore a backup. To go on with what is ' +
      `there, or to begin anew, remove ${marker}.`,
  )
}

/** Removes the marker, for a database that is replaced on purpose. */
export function removeMarker(file: string): void {
  rmSync(markerOf(file), { force: true })
}

/**
 * Marks a file as the database of this number, and claims to be the only process that serves it.
 * @returns a function that ends the claim; undefined when another process serves the database
 *   already
 */
export function claimDatabase(file: string, identity: number): (() => void) | undefined {
  const marker = markerOf(file)
  makePrivateFile(marker)
  const database = new Database(marker, { readwrite: true })
  try {
    // Keeps the lock of the next transaction until the file is closed.
    database.run('PRAGMA locking_mode = EXCLUSIVE')
    database.run('BEGIN EXCLUSIVE')
    // Saves three syncs at the start.
    if (readIdentity(database) !== identity) database.run(`PRAGMA user_version = ${identity}`)
    database.run('COMMIT')
    return () => database.close()
  } catch (error) {
    database.close()
    if (storageFault(error) === 'busy') return undefined
    throw error
  }
}

/** @returns undefined when another process keeps it locked */
function read(file: string): number | undefined {
  using database = new Database(file, { readonly: true })
  try {
    return readIdentity(database)
  } catch (error) {
    if (storageFault(error) === 'busy') return undefined
    throw error
  }
}

function readIdentity(database: Database): number {
  const row = database.query<{ user_version: number }, []>('PRAGMA user_version').get()
  return row?.user_version ?? 0
}
