import { afterAll, beforeAll } from 'bun:test'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { changeByHand } from './by-hand.ts'
import type { MakeDatabase, TestDatabase } from './describe-stores.ts'

/**
 * A database with a few tables made by hand, for the tests of a `describe`: for a module that needs
 * no migrated one.
 * @param tables SQL that makes them; `instant` is the type of an instant
 * @returns the store, once the tests run
 */
export function useTables(
  makeDatabase: MakeDatabase,
  tables: (instant: 'INTEGER' | 'timestamptz') => string,
): () => Store {
  const stores = createStores()
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await makeDatabase()
    const url = database.url.replace('?search_path={service}', '').replace('{service}', 'tables')
    store = await stores.open(url)
    await changeByHand(url, tables(store.dialect === 'sqlite' ? 'INTEGER' : 'timestamptz'))
  }, 30_000)
  afterAll(async () => {
    await stores.close()
    await database.remove()
  })
  return () => store
}
