import { join } from 'node:path'
import { serviceNames } from '../../services/index.ts'
import { createStores } from '@campus/store/open.ts'
import { createDatabase, dropDatabase } from '../../shared/testing/postgres.ts'

export interface Templates {
  /** How tests find them. */
  environment: Record<string, string>
  /** Removes the one on the server. */
  remove(): Promise<void>
}

const services = new URL('../../services', import.meta.url).pathname

/**
 * Creates a database of each kind with the tables of all services, which tests copy: migrations are
 * most of a system's start.
 * @param folder for the SQLite files; removed by the caller
 */
export async function makeTemplates(serverUrl: string, folder: string): Promise<Templates> {
  const url = await createDatabase(serverUrl)
  await migrate(`sqlite:${folder}/{service}.sqlite`)
  await migrate(`${url}?search_path={service}`)
  return {
    environment: {
      TEST_SQLITE_TEMPLATE: folder,
      TEST_POSTGRES_TEMPLATE: new URL(url).pathname.slice(1),
    },
    remove: () => dropDatabase(serverUrl, url),
  }
}

async function migrate(url: string): Promise<void> {
  const stores = createStores()
  const migrateOne = async (name: string) => {
    const store = await stores.open(url.replace('{service}', name))
    await store.migrate(join(services, name, 'migrations'))
  }
  await Promise.all(serviceNames.map(migrateOne))
  await stores.close()
}
