import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Caller } from '../../../shared/access.ts'
import { readConfig } from '../../../shared/host/config.ts'
import { createStores } from '@campus/store/open.ts'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { serviceNames } from '../../index.ts'
import { createContents } from '../contents.ts'
import { createFiles } from '../files.ts'
import { openFolder } from '../folder-blobs.ts'
import { createPins } from '../pins.ts'
import { createQuota } from '../quota.ts'
import { filesTables } from '../tables.ts'
import { createUploads } from '../uploads.ts'

export function memberNamed(id: string): Caller {
  return { id, role: 'member', email: `${id}@test.example`, login: '', groups: [] }
}

/** Uploads to a folder that counts what is written to it, by a clock that can be advanced. */
export async function startUploads(
  makeDatabase: MakeDatabase,
  atEnd: (end: () => Promise<unknown>) => void,
) {
  const database = await makeDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'campus-blobs-'))
  const stores = createStores()
  atEnd(async () => {
    await stores.close()
    await rm(folder, { recursive: true })
    await database.remove()
  })
  const url = database.url.replace('{service}', 'files')
  const store = await stores.open(url)
  await store.migrate(join(import.meta.dir, '../migrations'))
  const plain = openFolder(folder)
  let written = 0
  let passed_ms = 0
  async function* count(bytes: AsyncIterable<Uint8Array>) {
    for await (const chunk of bytes) {
      written += chunk.length
      yield chunk
    }
  }
  const blobs = {
    ...plain,
    put: (key: string, bytes: AsyncIterable<Uint8Array>) => plain.put(key, count(bytes)),
  }
  const clock = () => Date.now() + passed_ms
  const context = { store, config: readConfig({}, serviceNames), clock, id: Bun.randomUUIDv7 }
  const tables = filesTables(store.columns)
  const contents = createContents(context, tables, blobs)
  const quota = createQuota(context, tables)
  const pins = createPins(context, tables, { contents, quota })
  const files = createFiles(context, tables, { contents, pins, quota })
  const uploads = createUploads(context, { tables, blobs, contents, files, quota })
  const pass = (time_ms: number) => (passed_ms += time_ms)
  return { uploads, files, store, url, clock, pass, written: () => written }
}

export type StartedUploads = Awaited<ReturnType<typeof startUploads>>
