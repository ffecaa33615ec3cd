import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { makePrivateFile } from './private-file.ts'
import type { DatabaseBackup } from './backup.ts'
import { missing, type AppliedMigration } from './migration.ts'
import { restoresName } from './restore-state.ts'

export const copyName = 'database.sqlite'

/** @throws Error when there is no such file */
export function backUpSqlite(file: string, folder: string): DatabaseBackup {
  const database = new Database(file, { readonly: true })
  makePrivateFile(join(folder, copyName))
  // One read transaction: writers continue, and the copy is of the moment it began.
  database.run('VACUUM INTO ?', [join(folder, copyName)])
  database.close(true)
  return describe(join(folder, copyName))
}

/** @throws Error when the copy has a migration that is unknown here */
export function requireKnown(
  ours: AppliedMigration[] & Parameters<typeof missing>[0],
  theirs: AppliedMigration[],
): void {
  missing(ours, theirs)
  const unknown = theirs.find(({ name }) => !ours.some((migration) => migration.name === name))
  if (unknown) {
    throw new Error(
      `The backup is newer: ${unknown.name} is unknown here. Restore with its version.`,
    )
  }
}

/** @throws Error when the copy is damaged */
export function describe(file: string): DatabaseBackup {
  // No other process uses a copy, and its folder may be read-only.
  const copy = new Database(file, { readonly: true })
  const problems = copy.query<{ integrity_check: string }, []>('PRAGMA integrity_check').all()
  if (problems[0]?.integrity_check !== 'ok') {
    throw new Error(`${file} is damaged: ${problems[0]?.integrity_check}`)
  }
  const tables = copy
    .query<{ name: string }, [string]>(
      `SELECT name FROM pragma_table_list
       WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ?
       ORDER BY name`,
    )
    .all(restoresName)
  const count = (name: string) =>
    copy.query<{ count: number }, []>(`SELECT count(*) AS count FROM "${name}"`).get()?.count
  const rows = Object.fromEntries(tables.map(({ name }) => [name, count(name) ?? 0]))
  const migrations = copy
    .query<AppliedMigration, []>('SELECT name, hash FROM migrations ORDER BY name')
    .all()
  copy.close(true)
  return { dialect: 'sqlite', migrations, rows }
}
