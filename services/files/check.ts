import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import type { Blobs, StoredBlob } from './blobs.ts'
import type { Contents } from './contents.ts'
import type { ContentRow, FilesTables } from './tables.ts'
import { hour_ms } from '../../shared/duration.ts'

export interface CheckOptions {
  /** Removes orphans, and marks damaged contents so that the next upload replaces them. */
  repair: boolean
  /** Bytes younger than this may belong to an upload that has no row yet. */
  youngest_ms: number
  onProgress?: (progress: { checked_bytes: number; total_bytes: number }) => void
}

export interface CheckReport {
  contents: number
  bytes: number
  /** Keys of bytes without a row. */
  orphans: string[]
  /** Hashes of contents without a record or a reference. */
  unnamed: string[]
  /** Hashes of contents whose bytes are missing. */
  missing: string[]
  /** Hashes of contents whose bytes differ. */
  damaged: string[]
}

type CheckContext = Pick<Context, 'store' | 'clock'>

interface CheckParts {
  tables: FilesTables
  blobs: Blobs
  contents: Contents
}

// Rows and keys processed at once.
const atOnce = 200
// An upload takes milliseconds from its last byte to its row; this allows for a very bad day.
export const youngest_ms = hour_ms

/** Compares rows with stored bytes. */
export function createCheck(
  { store, clock }: CheckContext,
  { tables, blobs, contents }: CheckParts,
) {
  const { contents: rows, files, pins, upload_parts: parts } = tables

  /** Removes leftovers of crashes: bytes without a row, contents without a record. */
  async function sweep(): Promise<void> {
    await freeUnnamed(true)
    await removeOrphans({ repair: true, youngest_ms })
  }

  async function check(options: CheckOptions): Promise<CheckReport> {
    const unnamed = await freeUnnamed(options.repair)
    const orphans = await removeOrphans(options)
    return { orphans, unnamed, ...(await rehash(options)) }
  }

  async function freeUnnamed(repair: boolean): Promise<string[]> {
    const found = await store.db
      .select({ file_hash: rows.file_hash })
      .from(rows)
      .where(
        sql`NOT EXISTS (SELECT 1 FROM ${files} WHERE ${files.file_hash} = ${rows.file_hash})
          AND NOT EXISTS (SELECT 1 FROM ${pins} WHERE ${pins.file_hash} = ${rows.file_hash})`,
      )
    const hashes = found.map(({ file_hash }) => file_hash)
    if (repair) for (const hash of hashes) await contents.free(hash)
    return hashes
  }

  async function removeOrphans({ repair, youngest_ms }: CheckOptions): Promise<string[]> {
    const orphans: string[] = []
    const oldest = clock() - youngest_ms
    for await (const batch of inBatches(blobs.list())) {
      const keys = batch.filter(({ written }) => written <= oldest).map(({ key }) => key)
      orphans.push(...(await withoutRow(keys)))
    }
    if (repair) for (const key of orphans) await blobs.remove(key)
    return orphans
  }

  async function withoutRow(keys: string[]): Promise<string[]> {
    if (keys.length === 0) return []
    const [used, waiting] = await Promise.all([
      store.db.select({ key: rows.blob_key }).from(rows).where(inArray(rows.blob_key, keys)),
      store.db.select({ key: parts.blob_key }).from(parts).where(inArray(parts.blob_key, keys)),
    ])
    const named = new Set([...used, ...waiting].map(({ key }) => key))
    return keys.filter((key) => !named.has(key))
  }

  async function rehash({ repair, onProgress }: CheckOptions) {
    const report = { contents: 0, bytes: 0, missing: [] as string[], damaged: [] as string[] }
    const [total] = await store.db.select({ bytes: sql<number>`coalesce(sum(size), 0)` }).from(rows)
    for await (const row of allContents()) {
      const fault = await findFault(row)
      if (fault) report[fault].push(row.file_hash)
      if (repair) await mark(row, fault !== undefined)
      report.contents++
      report.bytes += row.size
      onProgress?.({ checked_bytes: report.bytes, total_bytes: Number(total?.bytes ?? 0) })
    }
    return report
  }

  async function* allContents() {
    let after = ''
    for (;;) {
      const page = await store.db
        .select()
        .from(rows)
        .where(gt(rows.file_hash, after))
        .orderBy(asc(rows.file_hash))
        .limit(atOnce)
      yield* page
      if (page.length < atOnce) return
      after = page.at(-1)?.file_hash ?? ''
    }
  }

  async function findFault(row: ContentRow): Promise<'missing' | 'damaged' | undefined> {
    const bytes = await blobs.open(row.blob_key)
    if (!bytes) {
      // Deleted or replaced since the row was read, so nothing is missing.
      const [there] = await store.db.select().from(rows).where(eq(rows.blob_key, row.blob_key))
      return there && 'missing'
    }
    const hasher = new Bun.CryptoHasher('sha256')
    for await (const chunk of bytes.stream()) hasher.update(chunk)
    return hasher.digest('hex') === row.file_hash ? undefined : 'damaged'
  }

  // Bytes that came back, such as from a backup, are valid again.
  async function mark({ file_hash, blob_key, damaged }: ContentRow, isBad: boolean) {
    if ((damaged !== null) === isBad) return
    await store.db
      .update(rows)
      .set({ damaged: isBad ? clock() : null })
      .where(and(eq(rows.file_hash, file_hash), eq(rows.blob_key, blob_key)))
  }

  return { sweep, check }
}

/** Groups blobs into batches for row lookups. */
export async function* inBatches(all: AsyncIterable<StoredBlob>): AsyncGenerator<StoredBlob[]> {
  let batch: StoredBlob[] = []
  for await (const blob of all) {
    batch.push(blob)
    if (batch.length < atOnce) continue
    yield batch
    batch = []
  }
  yield batch
}
