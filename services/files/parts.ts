import { asc, eq } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import type { Blobs } from './blobs.ts'
import type { FilesTables } from './tables.ts'

/** The received parts of unfinished uploads: blobs, in order. */
export function createParts({ db }: Store, tables: FilesTables, blobs: Blobs) {
  const { uploads, upload_parts: parts } = tables

  async function listKeys(upload_id: string): Promise<string[]> {
    const rows = await db
      .select({ blob_key: parts.blob_key })
      .from(parts)
      .where(eq(parts.upload_id, upload_id))
      .orderBy(asc(parts.position))
    return rows.map(({ blob_key }) => blob_key)
  }

  async function* join(keys: string[]) {
    for (const key of keys) {
      const part = await blobs.open(key)
      if (!part) throw new Error(`The part ${key} of an upload is gone`)
      yield* part.stream()
    }
  }

  async function removeBlobs(keys: string[]): Promise<void> {
    for (const key of keys) await blobs.remove(key)
  }

  /** Removes an upload and its parts. The file it became stays. */
  async function drop(uploadId: string): Promise<void> {
    const keys = await listKeys(uploadId)
    await db.delete(uploads).where(eq(uploads.id, uploadId))
    await removeBlobs(keys)
  }

  return { listKeys, join, removeBlobs, drop }
}
