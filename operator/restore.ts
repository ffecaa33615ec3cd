import { resolve } from 'node:path'
import { compose } from '../services/compose.ts'
import { serviceNames } from '../services/index.ts'
import { renewEpoch } from '../shared/event-position.ts'
import { readConfig, type Config } from '../shared/host/config.ts'
import { createLog } from '../shared/host/log.ts'
import { locateFile } from '../shared/program.ts'
import { createStores } from '../shared/store/open.ts'
import { openCheck } from './backup/open-check.ts'
import { restoreSystem } from './backup/restore-system.ts'
import { fail } from './fail.ts'

const usage = `bun run restore <folder>

Restores a backup into an empty system that is not running, and verifies it: the hash of every file
of the backup, the rows of every table, the contents of files, and that every service is ready.
Reads the same environment as the system; SECRET must be that of the system that was backed up.
A SQLite backup can be restored into PostgreSQL. If a restore is interrupted, run it again: nothing
is served until it is complete.`

const [given] = process.argv.slice(2)
if (!given || given.startsWith('-')) fail(usage, 2)
try {
  const config = readConfig(process.env, serviceNames)
  const { created, databases } = await restoreSystem(resolve(given), config, (line) =>
    console.log(line),
  )
  if (!('event_epochs' in (databases.inventory?.rows ?? {}))) await beginHistory(config)
  await requireReady(config)
  await requireContents(config)
  console.log(`restored what was saved at ${created}`)
} catch (error) {
  fail(error)
}

/** Backups of older versions lack the table; with the table, the restore has done this already. */
async function beginHistory(config: Config): Promise<void> {
  const stores = createStores()
  const store = await stores.open(config.databaseUrl('inventory'))
  await store.migrate(locateFile('services/inventory/migrations'))
  await renewEpoch(store)
  await stores.close()
}

/** Starts every service once, without a listener: migrations, overlap constraint and all. */
async function requireReady(config: Config): Promise<void> {
  const log = createLog({ level: 'warn', format: 'pretty' })
  const system = await compose({ parts: [...serviceNames], config, log })
  await system.readiness.requireReady()
  system.stop()
  await system.close()
}

/** Verifies the hashes of all contents of files. */
async function requireContents(config: Config): Promise<void> {
  const { check, close } = await openCheck(config)
  const { missing, damaged } = await check({ repair: false, youngest_ms: 0 })
  await close()
  const lost = [...missing, ...damaged]
  if (lost.length > 0)
    throw new Error(`Restored, but these contents are missing: ${lost.join(', ')}`)
}
