import { Database } from 'bun:sqlite'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { blobKey } from '../../services/files/blobs.ts'
import { bytesToId } from '@campus/store/encoding.ts'
import { copyName } from '@campus/store/backup-sqlite.ts'
import type { DatabaseBackup } from '@campus/store/backup.ts'

/** The blob keys that the saved rows of the files service refer to. */
export async function* listSavedKeys(
  folder: string,
  { dialect }: DatabaseBackup,
): AsyncGenerator<string> {
  if (dialect === 'sqlite') {
    using database = new Database(join(folder, copyName), { readonly: true })
    const rows = database.query<{ blob_key: Uint8Array }, []>('SELECT blob_key FROM contents')
    for (const { blob_key } of rows.iterate()) yield bytesToId(blob_key)
    return
  }
  const lines = createInterface({ input: createReadStream(join(folder, 'contents.copy')) })
  for await (const line of lines) {
    const key = line.split('\t').find((value) => blobKey.test(value))
    if (key) yield key
  }
}
