import { mkdirSync } from 'node:fs'
import { backUpPostgres, restorePostgres } from './backup-postgres.ts'
import { backUpSqlite, restoreSqlite } from './backup-sqlite.ts'
import type { AppliedMigration } from './migration.ts'

/** What a copy of a database says of itself. */
export interface DatabaseBackup {
  dialect: 'sqlite' | 'postgres'
  /** The state of its tables: which migrations made them. */
  migrations: AppliedMigration[]
  /** Rows by table. */
  rows: Record<string, number>
}

/**
 * Copies a database as it is at one moment, while others read and write it.
 * @param url as for `Stores.open`
 * @param folder where the copy goes; made when absent
 */
export async function backUpDatabase(url: string, folder: string): Promise<DatabaseBackup> {
  mkdirSync(folder, { recursive: true })
  return url.startsWith('sqlite:')
    ? backUpSqlite(url.slice('sqlite:'.length), folder)
    : backUpPostgres(url, folder)
}

export interface RestoreOptions {
  url: string
  /** Where the copy is. */
  folder: string
  /** The folder of the service's migrations. */
  migrations: string
  backup: DatabaseBackup
}

/**
 * Puts a copy into an empty database; all of it or nothing.
 * @returns the rows by table that are there now
 * @throws Error when the database is not empty, is of the other kind, or the copy is of a newer
 *   version than this one
 */
export async function restoreDatabase(options: RestoreOptions): Promise<Record<string, number>> {
  const dialect = options.url.startsWith('sqlite:') ? 'sqlite' : 'postgres'
  if (dialect !== options.backup.dialect) {
    throw new Error(`The backup is of ${options.backup.dialect}, the database is ${dialect}.`)
  }
  return dialect === 'sqlite' ? restoreSqlite(options) : restorePostgres(options)
}
