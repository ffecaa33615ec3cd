import { mkdirSync } from 'node:fs'
import { privateFolder } from '../private-file.ts'
import { backUpPostgres } from './backup-postgres.ts'
import { backUpSqlite, requireKnown } from './backup-sqlite.ts'
import { readMigrations, type AppliedMigration } from './migration.ts'
import { openPostgresTarget } from './restore-postgres.ts'
import { openSqliteTarget } from './restore-sqlite.ts'
import type { RestoreState } from './restore-state.ts'

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
  mkdirSync(folder, privateFolder)
  return dialectOf(url) === 'sqlite'
    ? backUpSqlite(url.slice('sqlite:'.length), folder)
    : backUpPostgres(url, folder)
}

export interface RestoreOptions {
  /** Names the backup. */
  id: string
  /** Where the copy is. */
  folder: string
  /** The folder of the service's migrations. */
  migrations: string
  backup: DatabaseBackup
}

/** A database that a copy is put into. Each step is done or not, whenever the process ends. */
export interface RestoreTarget {
  /** How far this backup is; `other` when something else is there. */
  state: (id: string) => Promise<RestoreState | 'empty' | 'other'>
  /** Marks an empty database; from now on nobody serves it. */
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
 * Whether a copy can be put into such a database.
 * @throws Error when it is of a newer version than this one, or of PostgreSQL and goes to SQLite
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
