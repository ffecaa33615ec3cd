import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { serviceNames } from '../services/index.ts'
import { createBackupEvents } from '../services/users/security-events/backups.ts'
import { readConfig } from '../shared/host/config.ts'
import { createStores } from '@campus/store/open.ts'
import { manifestName } from './backup/manifest.ts'
import { saveSystem } from './backup/save-system.ts'
import { fail, orFail, orUsage } from './fail.ts'

const usage = `bun run backup <folder> [--keep <count>]

Copies the databases of all services, each as a consistent snapshot, and the contents of files into
a new folder, while the system runs. Reads the same environment as the system. The secret is not
included: store it separately, as nobody can log in to the restored system without it. A complete
backup is recorded in the database of users, for the metrics.
  --keep  for a timer: creates the backup in a folder of <folder>, named by the time. Then keeps the
          newest <count> of these backups, and the last one of each of the newest <count> days`

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
await record().catch((error: Error) => {
  console.error(
    `The backup is good, but was not recorded, so an alert may say otherwise: ${error.message}`,
  )
})
if (keep !== undefined) await removeOld(keep).catch((error: unknown) => fail(error))

async function record(): Promise<void> {
  const stores = createStores()
  try {
    await createBackupEvents(await stores.open(config.databaseUrl('users'))).record(
      basename(folder),
    )
  } finally {
    await stores.close()
  }
}

/**
 * @param kept number of backups and of days: several upgrades in a day do not remove the backups of
 * earlier days
 */
async function removeOld(kept: number): Promise<void> {
  // Except the one just made, whatever the clock says.
  const made = (await readdir(given)).filter(
    (each) => /^\d{4}-\d{2}-\d{2}T\d{6}Z$/.test(each) && each !== name,
  )
  const isComplete = (each: string) => existsSync(join(given, each, manifestName))
  const complete = made.filter(isComplete).toSorted().toReversed()
  const lasts = complete.filter((each, at) => dayOf(each) !== dayOf(complete[at - 1] ?? name))
  const staying = new Set([...complete.slice(0, kept - 1), ...lasts.slice(0, kept - 1)])
  // An incomplete one may be in progress, unless a later one is already complete.
  const [newest = ''] = complete
  const gone = made.filter((each) => (isComplete(each) ? !staying.has(each) : each < newest))
  for (const old of gone.toSorted()) {
    await rm(join(given, old), { recursive: true })
    console.log(`${join(given, old)} is removed`)
  }
}

function dayOf(folderName: string): string {
  return folderName.slice(0, 10)
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
