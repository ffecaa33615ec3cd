import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'
import { saveSystem } from './backup/save-system.ts'
import { fail, orFail, orUsage } from './fail.ts'

const usage = `bun run backup <folder> [--keep <count>]

Copies the databases of all services, each as a consistent snapshot, and the contents of files into
a new folder, while the system runs. Reads the same environment as the system. The secret is not
included: store it separately, without it nobody can log in to the restored system.
  --keep  for a timer: the new folder is one in <folder>, named by the time, and of those made so
          all but the newest <count> are removed, once it is complete`

const { given, keep } = orUsage(usage, readCommand)
const name = new Date().toISOString().replace(/\.\d+|:/g, '')
const folder = keep === undefined ? given : join(given, name)
if (existsSync(folder)) fail(`${folder} exists. Name a new folder.`)
const config = orFail(() => readConfig(process.env, serviceNames))
await saveSystem(folder, config, (line) => console.log(line)).catch(async (error: unknown) => {
  // A partial backup is useless, and its name must be free for a retry.
  await rm(folder, { recursive: true, force: true })
  fail(error)
})
console.log(`${folder} is complete`)
if (keep !== undefined) await removeOld(keep).catch((error: unknown) => fail(error))

// What was cut off by the end of a machine counts as one as well, and goes with its age.
async function removeOld(kept: number): Promise<void> {
  const made = (await readdir(given)).filter((each) => /^\d{4}-\d{2}-\d{2}T\d{6}Z$/.test(each))
  for (const old of made.toSorted().slice(0, -kept)) {
    await rm(join(given, old), { recursive: true })
    console.log(`${join(given, old)} is removed`)
  }
}

function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { keep: { type: 'string' } },
  })
  const [first] = positionals
  const keep = values.keep === undefined ? undefined : Number(values.keep)
  const isCount = keep === undefined || (Number.isInteger(keep) && keep >= 1)
  if (first && positionals.length === 1 && isCount) return { given: resolve(first), keep }
}
