import { createCheck } from '../../services/files/check.ts'
import { createContents } from '../../services/files/contents.ts'
import { openBlobs } from '../../services/files/open-blobs.ts'
import { filesTables } from '../../services/files/tables.ts'
import { openMigrated } from '../../services/open-store.ts'
import type { Config } from '../../shared/host/config.ts'
import { createStores } from '@campus/store/open.ts'

/** Opens the check that compares the rows of the files service with the stored bytes. */
export async function openCheck(config: Config) {
  const stores = createStores()
  const store = await openMigrated('files', { stores, config })
  const tables = filesTables(store.columns)
  const blobs = openBlobs(config)
  const context = { store, clock: Date.now, id: Bun.randomUUIDv7 }
  const contents = createContents(context, tables, blobs)
  const { check } = createCheck(context, { tables, blobs, contents })
  return { check, close: stores.close }
}
