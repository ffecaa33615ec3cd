import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose } from '../services/compose.ts'
import { listTags, partNames, serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'
import { toDocument } from '../shared/host/document.ts'
import { createLog } from '../shared/host/log.ts'

// Generates services/openapi.json from the routes. A test fails while it is out of date.
const folder = await mkdtemp(join(tmpdir(), 'campus-openapi-'))
const places = {
  DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
  BLOB_URL: `file:${folder}/blobs`,
}
const config = readConfig(places, serviceNames)
const log = createLog({ level: 'error', format: 'pretty' })
const system = await compose({ parts: partNames, config, log })
const document = toDocument(system.app, { title: 'Campus', tags: listTags(), limited: true })
const path = 'services/openapi.json'
const before = await Bun.file(path)
  .text()
  .catch(() => undefined)
const text = JSON.stringify(document, null, 2) + '\n'
await Bun.write(path, text)
await system.close()
await rm(folder, { recursive: true, force: true })
console.log(`${path} is ${text === before ? 'unchanged' : 'written'}`)
