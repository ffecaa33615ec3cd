import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

/** Both databases record applied migrations here. */
export const migrationsTable = `CREATE TABLE IF NOT EXISTS migrations (
  name TEXT PRIMARY KEY, hash TEXT NOT NULL, applied TIMESTAMP DEFAULT CURRENT_TIMESTAMP)`

export interface AppliedMigration {
  name: string
  hash: string
}

export interface Migration extends AppliedMigration {
  text: string
}

/** The `.sql` files of a folder, in the order of their names. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(`${folder}/${name}`, 'utf8')
      return { name, text, hash: hash('sha256', text, 'hex') }
    }),
  )
}

/**
 * The migrations that have not been applied yet, in order.
 * @throws Error when an applied one was changed since: migrations are immutable
 */
export function missing(files: Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const hashes = new Map(applied.map(({ name, hash }) => [name, hash]))
  const changed = files.find(({ name, hash }) => hashes.has(name) && hashes.get(name) !== hash)
  if (changed) {
    throw new Error(
      `Migration ${changed.name} was changed after it was applied. ` +
        'Restore it and put the change into a new file.',
    )
  }
  return files.filter(({ name }) => !hashes.has(name))
}
