import { and, eq, sql } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { inTime } from '../../shared/body.ts'
import { ProblemError } from '../../shared/problem.ts'
import { placeholder } from '@campus/store/columns.ts'
import { violation } from '@campus/store/error.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import type { Blobs, Bytes } from './blobs.ts'
import { createMeasure } from './measure.ts'
import type { ContentRow, FilesTables } from './tables.ts'

/** A request that has a body. */
export type WithBody = Request & { body: NonNullable<Request['body']> }

/** Bytes on disk without a record yet. */
export interface Received {
  blob_key: string
  file_hash: string
  size: number
  file_type: string
}

type Observe = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

// A stream costs more than a small content.
const wholeBytesMax = 64 * 1024

/**
 * Bytes by their hash, stored once for all owners.
 *
 * Each upload writes under its own key, then a row refers to that key. A crash may leave bytes
 * without a row, which are swept, but never a row without bytes. As keys are never reused, removing
 * the bytes of a deleted row cannot hit those of a concurrent upload.
 */
export function createContents(
  { store, id }: Pick<Context, 'store' | 'id'>,
  tables: FilesTables,
  blobs: Blobs,
) {
  const { contents, files, pins } = tables
  const findOne = prepareRead(store, contents, {
    tail: sql`FROM ${contents} WHERE ${contents.file_hash} = ${placeholder(contents.file_hash)}`,
  })

  async function find(file_hash: string) {
    const [row] = await findOne({ file_hash })
    return row
  }

  /** @throws 413 for more than `sizeMax` bytes, leaving nothing */
  async function receive(bytes: AsyncIterable<Uint8Array>, sizeMax: number): Promise<Received> {
    const blob_key = id()
    const measure = createMeasure(sizeMax)
    await blobs.put(blob_key, measure.observe(bytes))
    return { blob_key, ...(await measure.result()) }
  }

  /**
   * The same for a body of just the bytes.
   * @param observe passes chunks on
   */
  async function receiveBody(
    request: WithBody,
    { sizeMax, observe }: { sizeMax: number; observe: Observe },
  ): Promise<Received> {
    const length = request.headers.get('content-length')
    if (length !== null && Number(length) <= wholeBytesMax) {
      return receive(inOnePiece(await inTime(request.bytes())), sizeMax)
    }
    if (length === null || !blobs.putBody) {
      return receive(observe(request.body), sizeMax)
    }
    const blob_key = id()
    const measure = createMeasure(sizeMax)
    await blobs.putBody(blob_key, request, async (bytes) => {
      for await (const _ of measure.observe(bytes));
    })
    return { blob_key, ...(await measure.result()) }
  }

  /** Removes received bytes, unless a row uses them. */
  async function discardUnlessKept({ file_hash, blob_key }: Received): Promise<void> {
    const row = await find(file_hash)
    if (row?.blob_key === blob_key || (row && (await replaceDamaged(row, blob_key)))) return
    await blobs.remove(blob_key)
  }

  /** Replaces damaged or lost bytes by those just received. */
  async function replaceDamaged(old: ContentRow, blob_key: string): Promise<boolean> {
    if (old.damaged === null && (await blobs.open(old.blob_key))) return false
    const rows = await store.db
      .update(contents)
      .set({ blob_key, damaged: null })
      .where(and(eq(contents.file_hash, old.file_hash), eq(contents.blob_key, old.blob_key)))
      .returning({ blob_key: contents.blob_key })
    return rows.length > 0
  }

  /** Removes the bytes once no record or reference uses them. */
  async function free(file_hash: string): Promise<void> {
    const unnamed = sql`NOT EXISTS (SELECT 1 FROM ${files} WHERE ${files.file_hash} = ${file_hash})
      AND NOT EXISTS (SELECT 1 FROM ${pins} WHERE ${pins.file_hash} = ${file_hash})`
    try {
      const [row] = await store.db
        .delete(contents)
        .where(and(eq(contents.file_hash, file_hash), unnamed))
        .returning({ blob_key: contents.blob_key })
      if (row) await blobs.remove(row.blob_key)
    } catch (error) {
      // The same bytes were uploaded at this very moment, so they stay.
      if (violation(error) !== 'foreign_key') throw error
    }
  }

  /** The bytes of a hash. @throws 410 if they were lost or damaged */
  async function open(file_hash: string): Promise<{ bytes: Bytes; blob_key: string }> {
    const row = await find(file_hash)
    const bytes = row && row.damaged === null ? await blobs.open(row.blob_key) : undefined
    if (!row || !bytes) throw contentsLost()
    return { bytes, blob_key: row.blob_key }
  }

  return { receive, receiveBody, discardUnlessKept, free, open }
}

async function* inOnePiece(bytes: Uint8Array) {
  yield bytes
}

export type Contents = ReturnType<typeof createContents>

function contentsLost(): ProblemError {
  return new ProblemError({
    status: 410,
    code: 'contents_lost',
    detail: 'The bytes were lost or damaged on the disk. Upload the file again to restore it.',
  })
}
