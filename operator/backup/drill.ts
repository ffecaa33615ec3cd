import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { compose } from '../../services/compose.ts'
import { serviceNames } from '../../services/index.ts'
import type { Config } from '../../shared/host/config.ts'
import { createLog } from '../../shared/host/log.ts'
import { examine, toFinding } from '../doctor/deep.ts'
import type { Finding } from '../doctor/finding.ts'
import { readManifest } from './manifest.ts'
import { openCheck } from './open-check.ts'
import { NotEmpty, restoreSystem } from './restore-system.ts'
import { day_ms, hour_ms } from '../../shared/duration.ts'

// Hidden, so that it is not mistaken for a backup.
const scratchName = '.drill-'

/**
 * Restores the newest backup of a folder, or one backup, beside the running system, and checks it.
 * @param into an empty PostgreSQL; a backup of SQLite may use temporary files instead
 * @returns the findings, a line each
 */
export async function drill(
  given: string,
  config: Config,
  into: string | undefined,
): Promise<Finding[]> {
  const folder = await findNewest(given)
  const manifest = await readManifest(folder)
  const isPostgres = Object.values(manifest.databases).some(({ dialect }) => dialect === 'postgres')
  if (isPostgres && !into) {
    throw new Error(
      'This is a backup of PostgreSQL: name an empty one with --into, beside the one that runs: ' +
        "--into 'postgres://…/drill?search_path={service}'. Its schemas stay, for you to look at.",
    )
  }
  await removeStale(dirname(folder))
  const scratch = await mkdtemp(join(dirname(folder), scratchName))
  const started = Date.now()
  try {
    const beside: Config = {
      ...config,
      databaseUrl: (name) =>
        into?.replaceAll('{service}', name) ?? `sqlite:${join(scratch, `${name}.sqlite`)}`,
      BLOB_URL: `file:${join(scratch, 'blobs')}`,
      KEYS_FILE: join(scratch, 'keys.json'),
    }
    await restoreSystem(folder, beside, () => {}).catch((error: unknown) => {
      if (!(error instanceof NotEmpty)) throw error
      throw new Error(
        `${error.found} A drill needs an empty --into each time, and leaves what it restored: ` +
          'DROP DATABASE and CREATE DATABASE it again before. Never name the one that runs.',
      )
    })
    await requireReady(beside)
    const findings = [await checkContents(beside)]
    for await (const examination of examine(serviceNames, beside)) {
      findings.push(toFinding(examination))
    }
    const rows = Object.values(manifest.databases).flatMap((saved) => Object.values(saved.rows))
    const count = rows.reduce((sum, each) => sum + each, 0)
    const age_h = (started - Date.parse(manifest.created)) / hour_ms
    const seconds = (Date.now() - started) / 1000
    const back = `${count} rows, back in ${seconds.toFixed(1)} s`
    const text = `${folder}, ${age_h.toFixed(1)} h old, ${back}`
    return [{ topic: 'restored', ok: true, text }, ...findings]
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Left by a killed drill; a younger one may be in progress. */
async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name)
    if (!name.startsWith(scratchName) || Date.now() - (await stat(path)).mtimeMs < day_ms) continue
    await rm(path, { recursive: true, force: true })
  }
}

/** @returns the folder itself if it is a backup, otherwise the newest complete one in it */
async function findNewest(folder: string): Promise<string> {
  const isBackup = await readManifest(folder).then(
    () => true,
    () => false,
  )
  if (isBackup) return folder
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const manifest = await readManifest(path).catch(() => undefined)
      return manifest ? [{ path, created: manifest.created }] : []
    }),
  )
  const newest = found.flat().toSorted((a, b) => b.created.localeCompare(a.created))[0]
  if (newest) return newest.path
  throw new Error(`There is no complete backup in ${folder}.`)
}

/**
 * Starts every service once, without a listener, including migrations and the overlap constraint.
 */
export async function requireReady(config: Config): Promise<void> {
  const log = createLog({ level: 'warn', format: 'pretty' })
  const system = await compose({ parts: [...serviceNames], config, log })
  await system.readiness.requireReady()
  system.stop()
  await system.close()
}

/** The hashes of all contents of files. */
export async function checkContents(config: Config): Promise<Finding> {
  const { check, close } = await openCheck(config)
  const { missing, damaged } = await check({ repair: false, youngest_ms: 0 })
  await close()
  const lost = [...missing, ...damaged]
  const text = lost.length > 0 ? `missing: ${lost.join(', ')}` : 'all there, by their hashes'
  return { topic: 'files: contents', ok: lost.length === 0, text }
}
