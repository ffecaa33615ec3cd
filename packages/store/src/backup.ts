import { mkdirSync } from 'node:fs'
import { privateFolder } from './private-file.ts'
import { backUpPostgres } from './backup-postgres.ts'
import { backUpSqlite, requireKnown } from './backup-sqlite.ts'
import { readMigrations, type AppliedMigration } from './migration.ts'
import { openPostgresTarget } from './restore-postgres.ts'
import { openSqliteTarget } from './restore-sqlite.ts'
import type { RestoreState } from './restore-state.ts'

/** What a copy of a database records about itself. */
export interface DatabaseBackup {
  dialect: 'sqlite' | 'postgres'
  /** The migrations that made its tables. */
  migrations: AppliedMigration[]
  /** Rows by table. */
  rows: Record<string, number>
}

/**
 * Copies a database as of one moment, while others read and write it.
 * @param url as for `Stores.open`
 * @param folder for the copy; created when missing
 */
export async function backUpDatabase(url: string, folder: string): Promise<DatabaseBackup> {
  mkdirSync(folder, privateFolder)
  return dialectOf(url) === 'sqlite'
    ? backUpSqlite(url.slice('sqlite:'.length), folder)
    : backUpPostgres(url, folder)
}

export interface RestoreOptions {
  /** The name of the backup. */
  id: string
  /** The folder of the copy. */
  folder: string
  /** The folder of the service's migrations. */
  migrations: string
  backup: DatabaseBackup
}

/** A database that a copy is restored into. Each step is atomic, whenever the process ends. */
export interface RestoreTarget {
  /** How far the restore of this backup is; `other` when the database has other data. */
  state: (id: string) => Promise<RestoreState | 'empty' | 'other'>
  /** Marks an empty database; from now on no process serves it. */
  begin: (id: string) => Promise<void>
  /** @returns the rows by table that are there now */
  load: (options: RestoreOptions) => Promise<Record<string, number>>
  /** Lifts the mark, and runs a statement in the same transaction. */
  finish: (id: string, statement?: string) => Promise<void>
}

/** @param url as for `Stores.open` */
export function openRestoreTarget(url: string): RestoreTarget {
  return dialectOf(url) === 'sqlite' ? openSqliteTarget(url) : openPostgresTarget(url)
}

/**
 * Checks that a copy can be restored into such a database.
 * @throws Error when it is of a newer version, or of PostgreSQL and should go into SQLite
 */
export async function requireRestorable(url: string, options: RestoreOptions): Promise<void> {
  const { dialect, migrations } = options.backup
  if (dialect === 'postgres' && dialectOf(url) === 'sqlite') {
    throw new Error('The backup is of PostgreSQL: it cannot be restored into SQLite.')
  }
  requireKnown(await readMigrations(`${options.migrations}/${dialect}`), migrations)
}

function dialectOf(url: string): DatabaseBackup['dialect'] {
  return url.startsWith('sqlite:') ? 'sqlite' : 'postgres'
}
