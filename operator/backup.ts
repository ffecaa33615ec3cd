import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'
import { saveSystem } from './backup/save-system.ts'
import { fail, orFail } from './fail.ts'

const usage = `bun run backup <folder>

Copies the databases of all services, each as a consistent snapshot, and the contents of files into
a new folder, while the system runs. Reads the same environment as the system. The secret is not
included: store it separately, without it nobody can log in to the restored system.`

const [given] = process.argv.slice(2)
if (!given || given.startsWith('-')) fail(usage, 2)
const folder = resolve(given)
if (existsSync(folder)) fail(`${folder} exists. Name a new folder.`)
const config = orFail(() => readConfig(process.env, serviceNames))
await saveSystem(folder, config, (line) => console.log(line)).catch(async (error: unknown) => {
  // A partial backup is useless, and its name must be free for a retry.
  await rm(folder, { recursive: true, force: true })
  fail(error)
})
console.log(`${folder} is complete`)
