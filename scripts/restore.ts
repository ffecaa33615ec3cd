import { join, resolve } from 'node:path'
import { compose } from '../services/compose.ts'
import { openFolder } from '../services/files/folder-blobs.ts'
import { openBlobs } from '../services/files/open-blobs.ts'
import { serviceNames } from '../services/index.ts'
import { readConfig, type Config } from '../shared/config.ts'
import { createLog } from '../shared/log.ts'
import { locateFile } from '../shared/program.ts'
import { restoreDatabase } from '../shared/store/backup.ts'
import { copyBlobs } from './backup/copy-blobs.ts'
import { hashFiles, requireSame } from './backup/hash-list.ts'
import { blobFolder, readManifest } from './backup/manifest.ts'
import { openCheck } from './backup/open-check.ts'

const usage = `bun run restore <folder>

Puts a backup into an empty system, which must not run, and verifies it: the hash of every file of
the backup, the rows of every table, the contents of files, and that every service finds itself
ready. Reads the same environment as the system; SECRET must be that of the system that was saved.`

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
  const blobs = openBlobs(config)
  for await (const { key } of blobs.list()) {
    throw new Error(`${config.blobUrl} holds ${key}. Restore into an empty system only.`)
  }
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
  console.log(`files: ${await copyBlobs(openFolder(join(folder, blobFolder)), blobs)} contents`)
  await requireReady(config)
  await requireContents(config)
  console.log(`restored what was saved at ${manifest.created}`)
}

/** Starts every service once, without a listener: migrations, the overlap constraint, all of it. */
async function requireReady(config: Config): Promise<void> {
  const log = createLog({ level: 'warn', format: 'pretty' })
  const system = await compose({ parts: [...serviceNames], config, log })
  await system.readiness.requireReady()
  system.stop()
  await system.close()
}

/** Hashes all contents of files again. */
async function requireContents(config: Config): Promise<void> {
  const { check, close } = await openCheck(config)
  const { missing, damaged } = await check({ repair: false, youngest_ms: 0 })
  await close()
  const lost = [...missing, ...damaged]
  if (lost.length > 0) throw new Error(`Restored, but without these contents: ${lost.join(', ')}`)
}

function fail(message: string, code: number): never {
  console.error(message)
  process.exit(code)
}
