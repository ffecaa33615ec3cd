import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/config.ts'
import { backUpDatabase } from '../shared/store/backup.ts'
import { hashFiles } from './backup/hash-list.ts'
import { manifestName, type Manifest } from './backup/manifest.ts'

const usage = `bun run backup <folder>

Copies the databases of all services, each as it is at one moment, and the contents of files into a
new folder, while the system runs. Reads the same environment as the system. The secret is not in
it: keep that elsewhere, without it nobody can log in to what is restored.`

const [given] = process.argv.slice(2)
if (!given || given.startsWith('-')) fail(usage, 2)
const folder = resolve(given)
if (existsSync(folder)) fail(`${folder} exists. Name a new folder.`, 1)
const config = readConfig(process.env, serviceNames)

const databases: Manifest['databases'] = {}
for (const name of serviceNames) {
  databases[name] = await backUpDatabase(config.databaseUrl(name), join(folder, name))
  const rows = Object.values(databases[name].rows).reduce((sum, count) => sum + count, 0)
  console.log(`${name}: ${rows} rows`)
}
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
