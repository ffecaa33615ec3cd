import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openFolder } from '../../services/files/folder-blobs.ts'
import { openBlobs } from '../../services/files/open-blobs.ts'
import { serviceNames, type ServiceName } from '../../services/index.ts'
import type { Config } from '../../shared/host/config.ts'
import { backUpDatabase } from '@campus/store/backup.ts'
import { explainDatabase } from '@campus/store/error.ts'
import { copyBlobs } from './copy-blobs.ts'
import { hashFiles } from './hash-list.ts'
import { blobFolder, manifestName, type Manifest } from './manifest.ts'
import { listSavedKeys } from './saved-keys.ts'
import { proveSecret } from './secret-proof.ts'

// Each attempt fails only if someone uploads and deletes a file within the backup.
const attemptsMax = 10

/**
 * Saves a running system into a new folder.
 * @param report receives progress lines; the backup waits for it
 */
export async function saveSystem(
  folder: string,
  config: Config,
  report: (line: string) => void | Promise<void>,
): Promise<void> {
  const [blobs, copies] = [openBlobs(config), openFolder(join(folder, blobFolder))]
  const databases: Manifest['databases'] = {}

  async function save(name: ServiceName): Promise<void> {
    const saving = backUpDatabase(config.databaseUrl(name), join(folder, name))
    const saved = await saving.catch((error: unknown) => {
      throw explainDatabase(name, error)
    })
    databases[name] = saved
    const rows = Object.values(saved.rows).reduce((sum, count) => sum + count, 0)
    await report(`${name}: ${rows} rows`)
  }

  async function findMissing(): Promise<string | undefined> {
    const saved = databases.files
    if (!saved) return undefined
    for await (const key of listSavedKeys(join(folder, 'files'), saved)) {
      if (!(await copies.open(key))) return key
    }
    return undefined
  }

  // Twice: the first pass saves what may be deleted before the rows are copied, the second what was
  // uploaded since.
  let copied = await copyBlobs(blobs, copies)
  await report(`files: ${copied} contents so far`)
  for (const name of serviceNames) await save(name)
  copied += await copyBlobs(blobs, copies)
  // Except contents uploaded and deleted between the passes: then the rows are copied again.
  for (let attempt = 1; await findMissing(); attempt++) {
    if (attempt === attemptsMax)
      throw new Error('Files are deleted faster than they can be saved. Please retry.')
    await rm(join(folder, 'files'), { recursive: true })
    await save('files')
    copied += await copyBlobs(blobs, copies)
  }
  await report(`files: ${copied} contents`)
  const proof = proveSecret(config)
  const manifest: Manifest = {
    format: 1,
    created: new Date().toISOString(),
    databases,
    ...(proof && { secret_proof: proof }),
    files: await hashFiles(folder),
  }
  const written = join(folder, `${manifestName}.new`)
  await Bun.write(written, `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(written, join(folder, manifestName))
}
