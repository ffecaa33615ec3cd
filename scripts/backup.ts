import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'
import { saveSystem } from './backup/save-system.ts'

const usage = `bun run backup <folder>

Copies the databases of all services, each as it is at one moment, and the contents of files into a
new folder, while the system runs. Reads the same environment as the system. The secret is not in
it: keep that elsewhere, without it nobody can log in to what is restored.`

const [given] = process.argv.slice(2)
if (!given || given.startsWith('-')) fail(usage, 2)
const folder = resolve(given)
if (existsSync(folder)) fail(`${folder} exists. Name a new folder.`, 1)
await saveSystem(folder, readConfig(process.env, serviceNames), (line) => console.log(line))
console.log(`${folder} is complete`)

function fail(message: string, code: number): never {
  console.error(message)
  process.exit(code)
}
