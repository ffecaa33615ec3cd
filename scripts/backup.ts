import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openFolder } from '../services/files/folder-blobs.ts'
import { openBlobs } from '../services/files/open-blobs.ts'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/config.ts'
import { backUpDatabase } from '../shared/store/backup.ts'
import { copyBlobs } from './backup/copy-blobs.ts'
import { hashFiles } from './backup/hash-list.ts'
import { blobFolder, manifestName, type Manifest } from './backup/manifest.ts'

const usage = `bun run backup <folder>

Copies the databases of all services, each as it is at one moment, and the contents of files into a
new folder, while the system runs. Reads the same environment as the system. The secret is not in
it: keep that elsewhere, without it nobody can log in to what is restored.`

const [given] = process.argv.slice(2)
if (!given || given.startsWith('-')) fail(usage, 2)
const folder = resolve(given)
if (existsSync(folder)) fail(`${folder} exists. Name a new folder.`, 1)
const config = readConfig(process.env, serviceNames)

// Twice: what is removed between the first look and the copy of the rows is there already, and what
// came since is there after the second.
const [blobs, copies] = [openBlobs(config), openFolder(join(folder, blobFolder))]
let copied = await copyBlobs(blobs, copies)
const databases: Manifest['databases'] = {}
for (const name of serviceNames) {
  databases[name] = await backUpDatabase(config.databaseUrl(name), join(folder, name))
  const rows = Object.values(databases[name].rows).reduce((sum, count) => sum + count, 0)
  console.log(`${name}: ${rows} rows`)
}
copied += await copyBlobs(blobs, copies)
console.log(`files: ${copied} contents`)
const created = new Date().toISOString()
const manifest: Manifest = { format: 1, created, databases, files: await hashFiles(folder) }
const written = join(folder, `${manifestName}.new`)
await Bun.write(written, `${JSON.stringify(manifest, null, 2)}\n`)
await rename(written, join(folder, manifestName))
console.log(`${folder} is complete`)

function fail(message: string, code: number): never {
  console.error(message)
  process.exit(code)
}
