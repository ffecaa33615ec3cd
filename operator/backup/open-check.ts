import { createCheck } from '../../services/files/check.ts'
import { createContents } from '../../services/files/contents.ts'
import { openBlobs } from '../../services/files/open-blobs.ts'
import { filesTables } from '../../services/files/tables.ts'
import type { Config } from '../../shared/host/config.ts'
import { locateFile } from '../../shared/program.ts'
import { explainDatabase } from '@campus/store/error.ts'
import { createStores, type Stores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'

/** Opens the check that compares the rows of the files service with the stored bytes. */
export async function openCheck(config: Config) {
  const stores = createStores()
  const store = await openFiles(stores, config).catch((error: unknown) => {
    throw explainDatabase('files', error)
  })
  const tables = filesTables(store.columns)
  const blobs = openBlobs(config)
  const context = { store, clock: Date.now, id: Bun.randomUUIDv7 }
  const contents = createContents(context, tables, blobs)
  const { check } = createCheck(context, { tables, blobs, contents })
  return { check, close: stores.close }
}

async function openFiles(stores: Stores, config: Config): Promise<Store> {
  const store = await stores.open(config.databaseUrl('files'))
  await store.migrate(locateFile('services/files/migrations'))
  return store
}
