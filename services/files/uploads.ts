import { and, eq, inArray, isNotNull, isNull, lte, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Created } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import type { Prunable } from '../../shared/host/prune.ts'
import { createOnce, writeOnce, type Creation } from '../../shared/idempotency.ts'
import { notFound } from '../../shared/problem.ts'
import type { StoredResponse } from '@campus/store/batch.ts'
import { violation } from '@campus/store/error.ts'
import type { Blobs } from './blobs.ts'
import type { Contents, Received } from './contents.ts'
import { createCutter } from './cut.ts'
import { createFinish } from './finish.ts'
import type { Files } from './files.ts'
import { fileTooLarge } from './measure.ts'
import { createParts } from './parts.ts'
import type { Quota } from './quota.ts'
import type { FilesTables, UploadRow } from './tables.ts'
import { checksumMismatch, readMetadata, type Checksum } from './tus.ts'
import {
  expired,
  finishedMax,
  keptFor_ms,
  partsMax,
  tooManyBytes,
  tooManyParts,
  tooManyUnfinished,
  unfinishedMax,
  wrongPosition,
} from './upload-limits.ts'

export interface UploadParts {
  tables: FilesTables
  blobs: Blobs
  contents: Contents
  files: Files
  quota: Quota
}

/** The announcement of a client: number of bytes, and `Upload-Metadata` as received. */
export interface NewUpload {
  size: number
  metadata: string
}

export interface Append {
  id: string
  caller: Caller
  position: number
  /** The number of bytes announced; 0 if unknown. */
  length: number
  bytes: AsyncIterable<Uint8Array>
  checksum?: Checksum | undefined
}

// The most a crash can lose. An interrupted connection loses nothing.
const partBytesMax = 16 * 1024 * 1024

// More than one upload adds; a backlog goes in pieces.
const finishedAtOnce = 100
const prunedAtOnce = 100

/**
 * Resumable uploads by tus. Received bytes are stored in parts, each on disk before the offset
 * includes it. The last part counts only once the file exists, so a client that was told all is
 * received has its file.
 */
export function createUploads(
  { store, clock, id: newId, config }: Pick<Context, 'store' | 'clock' | 'id' | 'config'>,
  given: UploadParts,
) {
  const { tables, blobs, contents, quota } = given
  const { uploads, upload_parts: parts } = tables
  const { drop } = createParts(store, tables, blobs)
  const finish = createFinish({ store, clock }, given)

  /** @throws 413 or 403 if it can never fit; 409 with too many unfinished */
  async function create({
    body: { size, metadata },
    caller,
    idempotencyKey,
  }: Creation<NewUpload>): Promise<Created<UploadRow>> {
    if (size > config.MAX_FILE_BYTES) throw fileTooLarge(config.MAX_FILE_BYTES)
    readMetadata(metadata)
    await quota.requireFit({ owner: caller.id, size })
    const now = clock()
    const row = {
      id: newId(),
      owner: caller.id,
      size,
      received: 0,
      metadata,
      created: now,
      expires: now + keptFor_ms,
      file_hash: null,
    }
    const made = await createOnce(store, {
      idempotencyKey,
      value: row,
      write: (response) => insert(row, response),
      explain: async () => tooManyUnfinished(),
    })
    if (size > 0 || made.replayed) return made
    const done = await append({ ...row, caller, position: 0, length: 0, bytes: nothing() })
    return { value: done, replayed: false }
  }

  function insert(row: UploadRow, response: StoredResponse | undefined): Promise<boolean> {
    const created = sql.param(row.created, uploads.created)
    const finished = sql`owner = ${row.owner} AND file_hash IS NOT NULL`
    const statements = [
      quota.lock(row.owner),
      // A finished upload is neither a file nor a byte more, so it meets no other limit.
      sql`DELETE FROM ${uploads} WHERE ${finished} AND id IN (SELECT id FROM ${uploads}
        WHERE ${finished} ORDER BY expires DESC, id DESC LIMIT ${finishedAtOnce}
        OFFSET ${finishedMax})`,
      // Bytes that others are still sending count, or a hundred unfinished uploads could fill the
      // disk.
      sql`INSERT INTO ${uploads} (id, owner, size, metadata, created, expires)
        SELECT ${sql.param(row.id, uploads.id)}, ${row.owner}, ${row.size}, ${row.metadata},
          ${created}, ${sql.param(row.expires, uploads.expires)}
        WHERE (SELECT count(*) FROM ${uploads} u
          WHERE u.owner = ${row.owner} AND u.file_hash IS NULL) < ${unfinishedMax}
        AND ${quota.mayBegin(row)}`,
    ]
    return writeOnce(store, statements, { response, now_ms: row.created })
  }

  /** @throws 404 unless it is the caller's, 410 if it has expired */
  async function find(id: string, caller: Caller): Promise<UploadRow> {
    const [row] = await store.db.select().from(uploads).where(eq(uploads.id, id))
    if (!row || row.owner !== caller.id) throw notFound('upload', id)
    if (row.expires <= clock()) throw expired()
    return row
  }

  /**
   * Appends bytes at the current offset. If the sender disconnects, what arrived is kept; with a
   * checksum it is all or nothing.
   * @throws 409 at another offset, 413 for more bytes than announced, 460 if the checksum does not
   * match
   */
  async function append(options: Append): Promise<UploadRow> {
    const { id, caller, position, checksum } = options
    let upload = await find(id, caller)
    if (position !== upload.received) throw wrongPosition(upload.received)
    if (position + options.length > upload.size) throw tooManyBytes(upload.size)
    if (upload.file_hash !== null) return upload
    const hasher = checksum && new Bun.CryptoHasher(checksum.algorithm)
    const cutter = createCutter(options.bytes)
    do {
      const rest = upload.size - upload.received
      const size = checksum ? rest : Math.min(rest, partBytesFor(upload.size))
      const part = await contents.receive(observed(cutter.take(size), hasher), size)
      if (part.size === 0 && upload.size > 0) {
        await blobs.remove(part.blob_key)
        break
      }
      if (checksum && hasher && (cutter.isBroken() || !hasher.digest().equals(checksum.digest))) {
        await blobs.remove(part.blob_key)
        throw checksumMismatch()
      }
      upload =
        part.size === rest ? await finish(upload, part, caller) : await keepPart(upload, part)
    } while (upload.file_hash === null && !cutter.isOver())
    return upload
  }

  async function keepPart(upload: UploadRow, part: Received): Promise<UploadRow> {
    const expires = clock() + keptFor_ms
    const received = upload.received + part.size
    const { blob_key } = part
    try {
      const kept = await store.atomically([
        sql`INSERT INTO ${parts} (blob_key, upload_id, position)
          SELECT ${sql.param(blob_key, parts.blob_key)}, ${sql.param(upload.id, uploads.id)},
            ${upload.received}
          WHERE (SELECT count(*) FROM ${parts} p
            WHERE p.upload_id = ${sql.param(upload.id, uploads.id)}) < ${partsMax}`,
        sql`UPDATE ${uploads} SET received = ${received},
            expires = ${sql.param(expires, uploads.expires)}
          WHERE id = ${sql.param(upload.id, uploads.id)} AND received = ${upload.received}
          AND EXISTS (SELECT 1 FROM ${parts} p
            WHERE p.blob_key = ${sql.param(blob_key, parts.blob_key)})`,
      ])
      if (kept) return { ...upload, received, expires }
    } catch (error) {
      const lost = violation(error)
      if (lost !== 'unique' && lost !== 'foreign_key') throw error
    }
    await blobs.remove(blob_key)
    const [there] = await store.db.select().from(uploads).where(eq(uploads.id, upload.id))
    if (!there) throw notFound('upload', upload.id)
    throw there.received === upload.received ? tooManyParts() : wrongPosition(there.received)
  }

  /** Removes an upload and its parts. The file it became stays. */
  async function remove(id: string, caller: Caller): Promise<void> {
    await find(id, caller)
    await drop(id)
  }

  /** Removes expired unfinished uploads, and their parts. */
  async function prune(): Promise<void> {
    const isOver = and(lte(uploads.expires, clock()), isNull(uploads.file_hash))
    for (;;) {
      const old = await store.db
        .select({ id: uploads.id })
        .from(uploads)
        .where(isOver)
        .limit(prunedAtOnce)
      for (const { id } of old) await drop(id)
      if (old.length < prunedAtOnce) return
    }
  }

  /** Finished ones, which have no parts. */
  const prunable: Prunable = {
    name: 'finished uploads',
    table: uploads,
    key: uploads.id,
    since: uploads.expires,
    keepFor_ms: 0,
    mayGo: isNotNull(uploads.file_hash),
  }

  /** Removes the uploads of removed users. */
  async function forget(owners: string[]): Promise<void> {
    const rows = await store.db
      .select({ id: uploads.id })
      .from(uploads)
      .where(inArray(uploads.owner, owners))
    for (const { id } of rows) await drop(id)
  }

  return { create, find, append, remove, prune, prunable, forget }
}

export type Uploads = ReturnType<typeof createUploads>

// Keeps the number of parts far below its limit for any size.
function partBytesFor(size: number): number {
  return Math.max(partBytesMax, Math.ceil((2 * size) / partsMax))
}

async function* observed(bytes: AsyncIterable<Uint8Array>, hasher: Bun.CryptoHasher | undefined) {
  for await (const chunk of bytes) {
    hasher?.update(chunk)
    yield chunk
  }
}

async function* nothing() {}
