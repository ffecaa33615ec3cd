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
import { violation } from '../../shared/store/error.ts'
import { retryOnConflict } from '../../shared/version.ts'
import type { Contents } from './contents.ts'
import type { Quota } from './quota.ts'
import type { FilesTables } from './tables.ts'

// No request takes longer from its pins to the commit of what refers to them.
const unsure_ms = 5 * 60 * 1000
// How often it is asked whether what refers to them is over. Until then they fill the quota of
// whoever has them, who could otherwise keep without end what is deleted at once. Those of a
// resource count for nobody, and are asked about as long as they are there.
const countedFor_ms = 7 * 24 * 60 * 60 * 1000

/**
 * Contents that things of another service refer to. It pins them before its own commit, so none is
 * ever missing, and reviews later which are referred to: whatever broke off in between.
 */
export function createPins(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { files, pins, contents: contentsTable }: FilesTables,
  { contents, quota }: { contents: Contents; quota: Quota },
) {
  const isHeld = (holder: string, hashes: string[]) =>
    and(eq(pins.holder, holder), inArray(pins.file_hash, hashes))

  /** All of them, or none. Doing so again changes nothing but when they are reviewed. */
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
    // Those of whoever names them, else of one who has them: it counts for somebody.
    const own = sql`CASE WHEN ${files.owner} = ${owner} THEN ${files.owner} END`
    const counted = sql`coalesce(max(${own}), max(${files.owner}))`
    const held = isHeld(holder, hashes)
    const had = and(inArray(files.file_hash, hashes), isTheirs)
    const payer = only_own ? sql`excluded.owner` : sql`coalesce(pins.owner, excluded.owner)`
    const enough = only_own ? sql`${files} WHERE ${had}` : sql`${pins} WHERE ${held}`
    return store.atomically([
      // Whoever deletes one of their own at the same time comes before or after.
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

  /** One that counts for nobody. @returns whether they have it */
  async function pinPhoto({ holder, file_hash, owner }: NewPhotoPin): Promise<boolean> {
    const now = sql.param(clock(), pins.pinned)
    const statement = sql`INSERT INTO ${pins} (file_hash, holder, file_type, pinned, service)
      SELECT ${files.file_hash}, ${sql.param(holder, pins.holder)}, ${files.file_type}, ${now},
        'inventory'
      FROM ${files} WHERE ${and(eq(files.file_hash, file_hash), eq(files.owner, owner))}
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
   * Of which the service has not said for a while whether it refers to them, the oldest first; then
   * those of which it said so so long ago that it may be over.
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

  // What was pinned again since may be referred to in a moment.
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
      // Nobody's from then on: whoever has them may delete their record.
      [over, { owner: null }],
    ] as const) {
      if (some.length === 0) continue
      await store.db
        .update(pins)
        .set({ reviewed: clock(), ...end })
        .where(and(isOneOf(some), or(isUnsure(service), isOld(service))))
    }
    if (unnamed.length === 0) return
    // Those whose thing was removed by hand are asked about once they are old.
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

  /** Of these photos, those that are kept. */
  async function listPhotos(some: FilePin[]): Promise<FilePin[]> {
    return store.db
      .select({ holder: pins.holder, file_hash: pins.file_hash })
      .from(pins)
      .where(and(eq(pins.service, 'inventory'), isOneOf(some)))
  }

  /** What is pinned for somebody's thing, of these, with what a download says of it. */
  async function list(holder: string, hashes: string[]) {
    const { file_hash, file_type } = pins
    return store.db
      .select({ file_hash, file_type, size: contentsTable.size })
      .from(pins)
      .innerJoin(contentsTable, eq(contentsTable.file_hash, file_hash))
      .where(isHeld(holder, hashes))
  }

  /** SQL condition: a record of these bytes has to stay its owner's. */
  function isPinned(owner: string, file_hash: string): SQL {
    return sql`EXISTS (SELECT 1 FROM ${pins}
      WHERE ${and(eq(pins.owner, owner), eq(pins.file_hash, file_hash))})`
  }

  /** Forgets who had them. */
  async function forget(gone: string[]): Promise<void> {
    await store.db.update(pins).set({ owner: null }).where(inArray(pins.owner, gone))
  }

  return { pin, pinPhoto, listUnreviewed, review, list, listPhotos, isPinned, forget }
}

export type Pins = ReturnType<typeof createPins>

// The last record of these bytes goes at this very moment.
function loseToDeletion(error: unknown): false {
  if (violation(error) === 'foreign_key') return false
  throw error
}
