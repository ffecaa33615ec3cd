import { join } from 'node:path'
import { openFolder } from '../../services/files/folder-blobs.ts'
import type { Blobs } from '../../services/files/blobs.ts'
import { openBlobs } from '../../services/files/open-blobs.ts'
import { newEpoch } from '../../shared/event-position.ts'
import type { Config } from '../../shared/host/config.ts'
import { locateFile } from '../../shared/program.ts'
import { openRestoreTarget, requireRestorable } from '@campus/store/backup.ts'
import { explainDatabase } from '@campus/store/error.ts'
import type { RestoreState } from '@campus/store/restore-state.ts'
import { copyBlobs } from './copy-blobs.ts'
import { hashFiles, requireSame } from './hash-list.ts'
import { blobFolder, identify, readManifest, type Manifest } from './manifest.ts'
import { requireSecret } from './secret-proof.ts'

type Report = (line: string) => void
type Part = Awaited<ReturnType<typeof openParts>>[number]

/**
 * Restores a backup into an empty system, or completes an interrupted restore of the same backup.
 * Every database is marked before the first one is filled, and the marks are removed when all are
 * complete, so nothing half-restored is ever served.
 * @throws Error that says what to do, with nothing changed, when the backup is damaged, newer than
 *   this version or from a system with another secret, or the system is not empty
 */
export async function restoreSystem(
  folder: string,
  config: Config,
  report: Report,
): Promise<Manifest> {
  const manifest = await readManifest(folder)
  requireSecret(manifest, config)
  requireSame(manifest.files, await hashFiles(folder))
  const id = identify(manifest)
  const parts = await openParts(folder, config, manifest)
  const blobs = openBlobs(config)
  await requireUnused(parts, blobs)
  for (const { state, target } of parts) if (state === 'empty') await target.begin(id)
  for (const part of parts) await fill(part, report)
  // The marks advance in order: one that is finished means that all earlier steps are.
  if (parts.every(({ state }) => state !== 'finished')) {
    const copies = openFolder(join(folder, blobFolder))
    report(`files: ${await replaceBlobs(copies, blobs)} contents`)
  }
  for (const { name, target, options } of parts) {
    // Subscribers may have seen events the backup does not contain: their positions become invalid.
    const hasEpochs = 'event_epochs' in options.backup.rows
    await target.finish(id, hasEpochs ? newEpoch : undefined)
    report(`${name}: finished`)
  }
  return manifest
}

async function openParts(folder: string, config: Config, manifest: Manifest) {
  const id = identify(manifest)
  const parts = Object.entries(manifest.databases).map(([name, backup]) => ({
    name,
    target: openRestoreTarget(config.databaseUrl(name)),
    options: {
      id,
      folder: join(folder, name),
      migrations: locateFile(`services/${name}/migrations`),
      backup,
    },
  }))
  for (const { name, options } of parts) await requireRestorable(config.databaseUrl(name), options)
  return Promise.all(
    parts.map(async (part) => {
      const state = await part.target.state(id).catch((error: unknown) => {
        throw explainDatabase(part.name, error)
      })
      return { ...part, state }
    }),
  )
}

const intoEmpty =
  'Restore into an empty system only: stop this one, and point DATABASE_URL and BLOB_URL to ' +
  'empty places, or move the existing data away (except the secret).'

/** The target of a restore already contains data. */
export class NotEmpty extends Error {
  readonly found: string

  constructor(found: string) {
    super(`${found} ${intoEmpty}`)
    this.found = found
  }
}

/** @throws NotEmpty unless everything is empty, or left by an interrupted restore of this backup */
async function requireUnused(parts: Part[], blobs: Blobs): Promise<void> {
  const has = (state: RestoreState | 'empty' | 'other') =>
    parts.find((part) => part.state === state)?.name
  const used = has('other')
  if (used) throw new NotEmpty(`The database of ${used} is in use.`)
  if (parts.every(({ state }) => state === 'finished')) {
    throw new NotEmpty('This backup has already been restored here.')
  }
  if (has('begun') ?? has('filled') ?? has('finished')) return
  for await (const { key } of blobs.list()) {
    throw new NotEmpty(`BLOB_URL already has contents of files (${key}).`)
  }
}

async function fill({ name, state, target, options }: Part, report: Report): Promise<void> {
  const expected = options.backup.rows
  const count = Object.values(expected).reduce((sum, rows) => sum + rows, 0)
  if (state === 'empty' || state === 'begun') {
    const rows = await target.load(options)
    if (!Bun.deepEquals(withRows(rows), withRows(expected))) {
      const [found, wanted] = [rows, expected].map((each) => JSON.stringify(each))
      throw new Error(`${name} does not match its backup: ${found} rows, not ${wanted}`)
    }
  }
  report(`${name}: ${count} rows`)
}

// A table of only one engine is empty while nothing runs, and each engine has its own migrations.
function withRows(counts: Record<string, number>): Record<string, number> {
  const compared = ([name, rows]: [string, number]) => rows > 0 && name !== 'migrations'
  return Object.fromEntries(Object.entries(counts).filter(compared))
}

/** An interrupted restore may have left truncated blobs: copies them again. */
async function replaceBlobs(copies: Blobs, blobs: Blobs): Promise<number> {
  for await (const { key } of blobs.list()) await blobs.remove(key)
  return copyBlobs(copies, blobs)
}
