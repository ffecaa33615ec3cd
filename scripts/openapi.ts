import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose } from '../services/compose.ts'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'
import { handleInside } from '../shared/host/inside.ts'
import { createLog } from '../shared/host/log.ts'

// Writes services/openapi.json from the routes themselves. A test fails while it is out of date.
const folder = await mkdtemp(join(tmpdir(), 'campus-openapi-'))
const places = {
  DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
  BLOB_URL: `file:${folder}/blobs`,
}
const config = readConfig(places, serviceNames)
const log = createLog({ level: 'error', format: 'pretty' })
const system = await compose({ parts: ['gateway', ...serviceNames], config, log })
const response = await handleInside(system.app, new Request('http://localhost/swagger/json'))
const document: unknown = await response.json()
await Bun.write('services/openapi.json', JSON.stringify(document, null, 2) + '\n')
await system.close()
await rm(folder, { recursive: true, force: true })
console.log('services/openapi.json is up to date')
