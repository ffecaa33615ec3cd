import { sql } from 'drizzle-orm'
import type { Check } from '../../shared/check.ts'
import { readId, toIdParameter, type DatabaseReader } from '@campus/store/reader.ts'
import type { Blobs } from './blobs.ts'
import { inBatches, youngest_ms } from './check.ts'
import { openBlobs } from './open-blobs.ts'

const rowsAtOnce = 200

/** Invariants of files, without hashing all bytes; `bun run files check` does that. */
export const filesChecks: Record<string, Check> = {
  contents: async function* contents({ reader, config }) {
    const blobs = openBlobs(config)
    for (let after = ''; ;) {
      const rows = await reader.rows<ContentRow>(sql`
        SELECT file_hash, blob_key, damaged FROM contents
        WHERE file_hash > ${after} ORDER BY file_hash LIMIT ${sql.raw(String(rowsAtOnce))}`)
      for (const row of rows) {
        if (row.damaged !== null) yield `${row.file_hash}: its bytes are marked as damaged or gone`
        else if (!(await hasBytes({ reader, blobs }, row)))
          yield `${row.file_hash}: its bytes are gone`
      }
      after = rows.at(-1)?.file_hash ?? ''
      if (rows.length < rowsAtOnce) return
    }
  },

  orphans: async function* orphans({ reader, config, clock, note }) {
    const oldest = clock() - youngest_ms
    let young = 0
    for await (const batch of inBatches(openBlobs(config).list())) {
      for (const key of await withoutRow(
        reader,
        batch.map((blob) => blob.key),
      )) {
        const { written } = batch.find((blob) => blob.key === key) ?? { written: 0 }
        if (written > oldest) young++
        else yield `${key}: bytes that no row names; bun run files check --repair removes them`
      }
    }
    if (young > 0) note(`${young} without a row are young, and may be of uploads that go on`)
  },

  /** The sums that quotas count. */
  sums: async function* sums({ reader }) {
    for (let after = ''; ;) {
      // As text: PostgreSQL's sums may exceed our numbers.
      const rows = await reader.rows<SumsRow>(sql`
        SELECT owner, CAST(used_bytes AS text) AS used, CAST(pending_bytes AS text) AS pending,
          CAST((SELECT coalesce(sum(size), 0) FROM files
            WHERE files.owner = owners.owner) AS text) AS counted_used,
          CAST((SELECT coalesce(sum(size), 0) FROM uploads
            WHERE uploads.owner = owners.owner AND file_hash IS NULL) AS text) AS counted_pending
        FROM owners WHERE owner > ${after} ORDER BY owner LIMIT ${sql.raw(String(rowsAtOnce))}`)
      for (const { owner, used, pending, counted_used, counted_pending } of rows) {
        if (used === counted_used && pending === counted_pending) continue
        yield (
          `${owner}: ${used} and ${pending} bytes are kept, ` +
          `${counted_used} and ${counted_pending} are there`
        )
      }
      after = rows.at(-1)?.owner ?? ''
      if (rows.length < rowsAtOnce) return
    }
  },
}

interface SumsRow {
  owner: string
  used: string
  pending: string
  counted_used: string
  counted_pending: string
}

interface ContentRow {
  file_hash: string
  blob_key: string | Uint8Array
  damaged: unknown
}

async function hasBytes(
  { reader, blobs }: { reader: DatabaseReader; blobs: Blobs },
  { file_hash, blob_key }: ContentRow,
): Promise<boolean> {
  if (await blobs.open(readId(blob_key))) return true
  // Deleted or replaced since the row was read, so nothing is missing.
  const [row] = await reader.rows<ContentRow>(
    sql`SELECT blob_key FROM contents WHERE file_hash = ${file_hash}`,
  )
  return !row || readId(row.blob_key) !== readId(blob_key)
}

async function withoutRow(reader: DatabaseReader, keys: string[]): Promise<string[]> {
  if (keys.length === 0) return []
  const list = sql.join(
    keys.map((key) => toIdParameter(reader, key)),
    sql`, `,
  )
  const rows = await reader.rows<{ blob_key: string | Uint8Array }>(sql`
    SELECT blob_key FROM contents WHERE blob_key IN (${list})
    UNION ALL SELECT blob_key FROM upload_parts WHERE blob_key IN (${list})`)
  const named = new Set(rows.map((row) => readId(row.blob_key)))
  return keys.filter((key) => !named.has(key))
}
