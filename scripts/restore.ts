import { join, resolve } from 'node:path'
import { compose } from '../services/compose.ts'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/config.ts'
import { createLog } from '../shared/log.ts'
import { locateFile } from '../shared/program.ts'
import { restoreDatabase } from '../shared/store/backup.ts'
import { hashFiles, requireSame } from './backup/hash-list.ts'
import { readManifest } from './backup/manifest.ts'

const usage = `bun run restore <folder>

Puts a backup into an empty system, which must not run, and verifies it: the hash of every file of
the backup, the rows of every table, and that every service finds itself ready. Reads the same
environment as the system; SECRET must be the one of the system that was backed up.`

const [given] = process.argv.slice(2)
if (!given || given.startsWith('-')) fail(usage, 2)
try {
  await restore(resolve(given))
  process.exit(0) // the time-out of a probe would keep it for half a minute
} catch (error) {
  fail(error instanceof Error ? error.message : String(error), 1)
}

async function restore(folder: string): Promise<void> {
  const manifest = await readManifest(folder)
  requireSame(manifest.files, await hashFiles(folder))
  const config = readConfig(process.env, serviceNames)
  for (const [name, backup] of Object.entries(manifest.databases)) {
    const rows = await restoreDatabase({
      url: config.databaseUrl(name),
      folder: join(folder, name),
      migrations: locateFile(`services/${name}/migrations`),
      backup,
    })
    if (!Bun.deepEquals(rows, backup.rows)) {
      const [found, expected] = [rows, backup.rows].map((each) => JSON.stringify(each))
      throw new Error(`${name} has other rows than its backup: ${found}, not ${expected}`)
    }
    console.log(`${name}: ${Object.values(rows).reduce((sum, count) => sum + count, 0)} rows`)
  }
  await requireReady()
  console.log(`restored what was saved at ${manifest.created}`)
}

/** Starts every service once, without a listener: migrations, the overlap constraint, all of it. */
async function requireReady(): Promise<void> {
  const config = readConfig(process.env, serviceNames)
  const log = createLog({ level: 'warn', format: 'pretty' })
  const system = await compose({ parts: [...serviceNames], config, log })
  await system.readiness.requireReady()
  system.stop()
  await system.close()
}

function fail(message: string, code: number): never {
  console.error(message)
  process.exit(code)
}
