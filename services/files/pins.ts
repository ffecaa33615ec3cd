import { and, eq, inArray, isNotNull, isNull, lte, or, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import {
  filePinsMax,
  type FilePin,
  type FilePinReview,
  type NewFilePins,
  type NewPhotoPin,
  type PinnedFiles,
} from '../../shared/schemas/file-pin.ts'
import { violation } from '@campus/store/error.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import type { Contents } from './contents.ts'
import type { Quota } from './quota.ts'
import type { FilesTables } from './tables.ts'
import { day_ms, minute_ms } from '../../shared/duration.ts'

// Longer than any request takes from pinning to its commit.
const unsure_ms = 5 * minute_ms
// How often to check whether the holder has ended. Until then pins fill their owner's quota;
// otherwise deleted files could be kept without limit. Pins of resources count towards nobody, and
// are checked as long as they exist.
const countedFor_ms = 7 * day_ms

/**
 * Contents that other services refer to. A service pins them before its own commit, so none is ever
 * missing, and later confirms which are still used, wherever it was interrupted.
 */
export function createPins(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { files, pins, contents: contentsTable }: FilesTables,
  { contents, quota }: { contents: Contents; quota: Quota },
) {
  const isHeld = (holder: string, hashes: string[]) =>
    and(eq(pins.holder, holder), inArray(pins.file_hash, hashes))

  /** Pins all or none. Repeating it only affects when they are reviewed. */
  async function pin(asked: NewFilePins): Promise<PinnedFiles> {
    const hashes = [...new Set(asked.hashes)].toSorted()
    return retryOnConflict(async () => {
      const isPinned = await write({ ...asked, hashes }).catch(loseToDeletion)
      const missing = isPinned ? [] : await listMissing({ ...asked, hashes })
      return isPinned || missing.length > 0 ? { missing } : undefined
    })
  }

  function write(asked: NewFilePins): Promise<boolean> {
    const { holder, owner, of_anybody, only_own = false, hashes } = asked
    const now = sql.param(clock(), pins.pinned)
    const isTheirs = of_anybody ? undefined : eq(files.owner, owner)
    // Owned by the caller if they have it, otherwise by another owner, so that it counts towards
    // somebody.
    const own = sql`CASE WHEN ${files.owner} = ${owner} THEN ${files.owner} END`
    const counted = sql`coalesce(max(${own}), max(${files.owner}))`
    const held = isHeld(holder, hashes)
    const had = and(inArray(files.file_hash, hashes), isTheirs)
    const payer = only_own ? sql`excluded.owner` : sql`coalesce(pins.owner, excluded.owner)`
    const enough = only_own ? sql`${files} WHERE ${had}` : sql`${pins} WHERE ${held}`
    return store.atomically([
      // A concurrent deletion by the owner comes before or after.
      quota.lock(owner),
      sql`UPDATE ${pins} SET pinned = ${now}, reviewed = NULL WHERE ${held}`,
      sql`INSERT INTO ${pins} (file_hash, holder, owner, file_type, pinned)
        SELECT ${files.file_hash}, ${sql.param(holder, pins.holder)}, ${counted},
          min(${files.file_type}), ${now}
        FROM ${files} WHERE ${had}
        GROUP BY ${files.file_hash}
        ON CONFLICT (file_hash, holder) DO UPDATE
        SET owner = ${payer}`,
      sql`UPDATE ${pins} SET reviewed = NULL
        WHERE ${held} AND (SELECT count(*) FROM ${enough}) = ${hashes.length}`,
    ])
  }

  /** Pins a photo that counts towards nobody. @returns whether the owner has it, or anybody */
  async function pinPhoto({ holder, file_hash, owner }: NewPhotoPin): Promise<boolean> {
    const now = sql.param(clock(), pins.pinned)
    const isOwners = owner === undefined ? undefined : eq(files.owner, owner)
    const had = and(eq(files.file_hash, file_hash), isOwners)
    const statement = sql`INSERT INTO ${pins} (file_hash, holder, file_type, pinned, service)
      SELECT ${files.file_hash}, ${sql.param(holder, pins.holder)}, ${files.file_type}, ${now},
        'inventory'
      FROM ${files} WHERE ${had} LIMIT 1
      ON CONFLICT (file_hash, holder) DO UPDATE SET pinned = excluded.pinned, reviewed = NULL`
    return store.atomically([statement]).catch(loseToDeletion)
  }

  async function listMissing({ holder, owner, of_anybody, only_own, hashes }: NewFilePins) {
    const isTheirs = of_anybody ? undefined : eq(files.owner, owner)
    const { file_hash } = files
    const rows = await store.db
      .select({ file_hash })
      .from(files)
      .where(and(inArray(file_hash, hashes), isTheirs))
    const held = only_own === true ? [] : await list(holder, hashes)
    const there = new Set([...rows, ...held].map((it) => it.file_hash))
    return hashes.filter((hash) => !there.has(hash))
  }

  /**
   * Pins not confirmed for a while, oldest first; then those confirmed so long ago that the holder
   * may have ended.
   */
  async function listUnreviewed(service: string): Promise<FilePin[]> {
    const pin = { holder: pins.holder, file_hash: pins.file_hash }
    const unsure = await store.db
      .select(pin)
      .from(pins)
      .where(isUnsure(service))
      .orderBy(pins.pinned)
      .limit(filePinsMax)
    if (unsure.length > 0) return unsure
    return store.db
      .select(pin)
      .from(pins)
      .where(isOld(service))
      .orderBy(pins.reviewed)
      .limit(filePinsMax)
  }

  function isOld(service: string): SQL | undefined {
    const isCounted = service === 'bookings' ? isNotNull(pins.owner) : undefined
    return and(eq(pins.service, service), isCounted, lte(pins.reviewed, clock() - countedFor_ms))
  }

  // A pin renewed since may be referred to soon.
  function isUnsure(service: string): SQL | undefined {
    const isLongAgo = lte(pins.pinned, clock() - unsure_ms)
    return and(eq(pins.service, service), isNull(pins.reviewed), isLongAgo)
  }

  async function review(asked: FilePinReview, service: string): Promise<void> {
    const { kept = [], over = [], unnamed = [], doubted = [] } = asked
    if (doubted.length > 0) {
      await store.db
        .update(pins)
        .set({ pinned: clock(), reviewed: null })
        .where(and(eq(pins.service, service), isOneOf(doubted)))
    }
    for (const [some, end] of [
      [kept, {}],
      // They no longer count towards anybody, so owners may delete their records.
      [over, { owner: null }],
    ] as const) {
      if (some.length === 0) continue
      await store.db
        .update(pins)
        .set({ reviewed: clock(), ...end })
        .where(and(isOneOf(some), or(isUnsure(service), isOld(service))))
    }
    if (unnamed.length === 0) return
    // Pins of things removed by hand are reviewed once they are old.
    const gone = await store.db
      .delete(pins)
      .where(and(isOneOf(unnamed), or(isUnsure(service), isOld(service))))
      .returning({ file_hash: pins.file_hash })
    for (const { file_hash } of gone) await contents.free(file_hash)
  }

  function isOneOf(some: FilePin[]): SQL | undefined {
    return or(
      ...some.map(({ holder, file_hash }) =>
        and(eq(pins.holder, holder), eq(pins.file_hash, file_hash)),
      ),
    )
  }

  /** The photos among these that are pinned. */
  async function listPhotos(some: FilePin[]): Promise<FilePin[]> {
    return store.db
      .select({ holder: pins.holder, file_hash: pins.file_hash })
      .from(pins)
      .where(and(eq(pins.service, 'inventory'), isOneOf(some)))
  }

  /** Files pinned for a holder, with what a download needs. */
  async function list(holder: string, hashes: string[]) {
    const { file_hash, file_type } = pins
    return store.db
      .select({ file_hash, file_type, size: contentsTable.size })
      .from(pins)
      .innerJoin(contentsTable, eq(contentsTable.file_hash, file_hash))
      .where(isHeld(holder, hashes))
  }

  /** SQL condition: the owner must keep their record of these bytes. */
  function isPinned(owner: string, file_hash: string): SQL {
    return sql`EXISTS (SELECT 1 FROM ${pins}
      WHERE ${and(eq(pins.owner, owner), eq(pins.file_hash, file_hash))})`
  }

  /** Removes the owner ids of removed accounts. */
  async function forget(gone: string[]): Promise<void> {
    await store.db.update(pins).set({ owner: null }).where(inArray(pins.owner, gone))
  }

  return { pin, pinPhoto, listUnreviewed, review, list, listPhotos, isPinned, forget }
}

export type Pins = ReturnType<typeof createPins>

// The last record of these bytes is being deleted at this moment.
function loseToDeletion(error: unknown): false {
  if (violation(error) === 'foreign_key') return false
  throw error
}
