import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

/**
 * Opens a database.
 * @param url `sqlite:<file>` (made when absent, with its folder) or `postgres://…`
 * @throws what the driver throws when the database cannot be opened
 */
export async function openStore(url: string): Promise<Store> {
  if (url.startsWith('sqlite:')) return openSqlite(url.slice('sqlite:'.length))
  return openPostgres(url)
}
