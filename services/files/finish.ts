import { and, eq, isNull } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { isRefusal, notFound } from '../../shared/problem.ts'
import type { Received } from './contents.ts'
import { toFileName } from './file-name.ts'
import { createParts } from './parts.ts'
import type { UploadRow } from './tables.ts'
import { readMetadata } from './tus.ts'
import { keptFor_ms } from './upload-limits.ts'
import type { UploadParts } from './uploads.ts'

/**
 * Combines the parts of an upload into one file. A client that resends the last bytes meanwhile
 * waits for the same file, which is copied once.
 */
export function createFinish(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { tables, blobs, contents, files, quota }: UploadParts,
) {
  const { uploads, upload_parts: parts } = tables
  const { listKeys, join, removeBlobs, drop } = createParts(store, tables, blobs)
  const running = new Map<string, Promise<UploadRow>>()

  async function finish(upload: UploadRow, last: Received, caller: Caller): Promise<UploadRow> {
    const other = running.get(upload.id)
    if (other) {
      await blobs.remove(last.blob_key)
      return other
    }
    const own = makeFile(upload, last, caller).finally(() => running.delete(upload.id))
    running.set(upload.id, own)
    return own
  }

  async function makeFile(upload: UploadRow, last: Received, caller: Caller): Promise<UploadRow> {
    const { id, size } = upload
    let whole: Received | undefined
    try {
      const earlier = await listKeys(id)
      const done = await requireWelcome(upload, earlier)
      if (done) return done
      const keys = [...earlier, last.blob_key]
      whole = earlier.length === 0 ? last : await contents.receive(join(keys), size)
      const { file_hash } = whole
      await files
        .add(whole, { file_name: readName(upload), caller, reserved: size })
        .catch(async (error: unknown) => {
          // A file refused after copying must not be copied again and again.
          if (isRefusal(error)) await drop(id)
          throw error
        })
      // The last to finish are remembered.
      const finished = { received: size, file_hash, expires: clock() + keptFor_ms }
      await store.db
        .update(uploads)
        .set(finished)
        .where(and(eq(uploads.id, id), isNull(uploads.file_hash)))
      await store.db.delete(parts).where(eq(parts.upload_id, id))
      await removeBlobs(earlier)
      return { ...upload, ...finished }
    } finally {
      // No row refers to the last part, unless it is the whole, which `add` keeps or removes.
      if (whole !== last) await blobs.remove(last.blob_key)
    }
  }

  /**
   * Checks before anything is copied. The parts were listed before, so those of an upload that
   * another request finished meanwhile are incomplete.
   * @returns the upload if it is already finished
   */
  async function requireWelcome({ id, owner, size }: UploadRow, earlier: string[]) {
    const [now] = await store.db.select().from(uploads).where(eq(uploads.id, id))
    if (!now) throw notFound('upload', id)
    if (now.file_hash !== null) return now
    if (earlier.length > 0) await quota.requireFit({ owner, size })
    return undefined
  }

  return finish
}

function readName({ metadata }: UploadRow): string {
  const said = readMetadata(metadata)
  return toFileName(said.get('filename') ?? said.get('name') ?? '')
}
