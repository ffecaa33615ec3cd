import { Database } from 'bun:sqlite'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { makePrivateFile, privateFile } from './private-file.ts'
import type { RestoreOptions, RestoreTarget } from './backup.ts'
import { copyName, describe } from './backup-sqlite.ts'
import { removeMarker } from './sqlite-marker.ts'
import { restoresName, restoresTable, type RestoreState } from './restore-state.ts'

/** A SQLite file that a backup is restored into. */
export function openSqliteTarget(url: string): RestoreTarget {
  const file = url.slice('sqlite:'.length)
  return {
    state: async (backup) => {
      if (!existsSync(file) || statSync(file).size === 0) return 'empty'
      // Not read-only: what a kill left half committed is rolled back first.
      using database = new Database(file, { readwrite: true, create: false })
      const tables = database.query<{ name: string }, []>('SELECT name FROM sqlite_schema').all()
      if (tables.length === 0) return 'empty'
      if (!tables.some(({ name }) => name === restoresName)) return 'other'
      const row = database
        .query<{ state: RestoreState }, [string]>('SELECT state FROM restores WHERE backup = ?')
        .get(backup)
      return row?.state ?? 'other'
    },
    begin: async (backup) => {
      // Which database was here before no longer matters.
      removeMarker(file)
      makePrivateFile(file)
      using database = new Database(file)
      mark(database, backup, 'begun')
    },
    load: async (options) => load(file, options),
    finish: async (backup, statement) => {
      using database = new Database(file, { readwrite: true, create: false })
      const lift = database.transaction(() => {
        if (statement) database.run(statement)
        mark(database, backup, 'finished')
      })
      lift.immediate()
    },
  }
}

function load(file: string, { folder, id }: RestoreOptions): Record<string, number> {
  const copy = `${file}.restored`
  // Of a load that was killed; it would be taken for the new copy's.
  removeLogs(copy)
  copyFileSync(join(folder, copyName), copy)
  chmodSync(copy, privateFile)
  const { rows } = describe(copy)
  {
    using database = new Database(copy, { readwrite: true, create: false })
    // The saved system may itself come from a restore, which is not this one.
    database.run('DROP TABLE IF EXISTS restores')
    mark(database, id, 'filled')
  }
  sync(copy)
  // The existing file has only the mark, and its log would be taken for the new file's.
  removeLogs(file)
  renameSync(copy, file)
  sync(dirname(file))
  return rows
}

function removeLogs(file: string): void {
  for (const suffix of ['-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
}

function mark(database: Database, backup: string, state: RestoreState): void {
  database.run(restoresTable)
  database.run('INSERT OR REPLACE INTO restores (backup, state) VALUES (?, ?)', [backup, state])
}

function sync(path: string): void {
  const opened = openSync(path, 'r')
  fsyncSync(opened)
  closeSync(opened)
}
