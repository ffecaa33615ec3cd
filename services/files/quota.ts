import { and, eq, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { dailyLimitReached, toDay } from '../../shared/daily-limit.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { FileUsage } from '../../shared/schemas/file.ts'
import { placeholder } from '@campus/store/columns.ts'
import type { FilesTables } from './tables.ts'

/** Bytes in flight, counted here until the database counts them. */
export interface Transfer {
  /** Counts bytes as they arrive. @throws 403 if other uploads fill the quota meanwhile */
  observe: (bytes: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>
  /** To be called when all have arrived, before they become a file. */
  end: () => void
}

export interface Room {
  owner: string
  size: number
  /** How much of it already counts as pending. */
  reserved?: number
}

/** The most files a user may add per day: one every nine seconds. */
export const filesPerDayMax = 10_000
// Enough to fill the quota, clear it, and fill it again.
const quotasPerDay = 2

/**
 * Limits each user's files, unfinished uploads, and bytes in flight. The database sums files and
 * uploads in the commit of the row, and decides. Each process counts its own bytes in flight, to
 * refuse early.
 */
export function createQuota(
  { store, clock, config }: Pick<Context, 'store' | 'clock' | 'config'>,
  { files, owners }: FilesTables,
) {
  const quota_bytes = config.USER_QUOTA_BYTES
  const inFlight = new Map<string, number>()
  const findOwner = store.db
    .select()
    .from(owners)
    .where(eq(owners.owner, placeholder(owners.owner)))
    .prepare()

  async function read(owner: string) {
    const [row] = await findOwner.execute({ owner })
    return row ?? { used_bytes: 0, pending_bytes: 0, day: 0, day_files: 0, day_bytes: 0 }
  }

  /**
   * First statement of every change to an owner's rows: keeps sums correct and avoids deadlocks.
   */
  function lock(owner: string): SQL {
    return sql`INSERT INTO ${owners} (owner) VALUES (${owner})
      ON CONFLICT (owner) DO UPDATE SET owner = excluded.owner`
  }

  /** SQL condition: the row of `owners`, if it has room. */
  function hasRoom({ owner, size, reserved = 0 }: Room): SQL {
    return sql`owner = ${owner}
      AND used_bytes + pending_bytes + ${size - reserved} <= ${quota_bytes}
      AND (day <> ${toDay(clock())} OR (day_files < ${filesPerDayMax}
        AND day_bytes + ${size} <= ${quotasPerDay * quota_bytes}))`
  }

  /** SQL condition: room for another user's files; not counted as an upload of the day. */
  function hasRoomFor(owner: string, size: SQL): SQL {
    return sql`EXISTS (SELECT 1 FROM ${owners} o WHERE o.owner = ${owner}
      AND o.used_bytes + o.pending_bytes + ${size} <= ${quota_bytes})`
  }

  async function readFree(owner: string): Promise<number> {
    const { used_bytes, pending_bytes } = await read(owner)
    return Math.max(0, quota_bytes - used_bytes - pending_bytes)
  }

  /** @throws 403 if the quota has no room for the bytes, 429 above the daily limit */
  async function requireRoom({ owner, size, reserved = 0 }: Room): Promise<void> {
    const row = await read(owner)
    requireDay(row, size)
    const free = quota_bytes - row.used_bytes - row.pending_bytes + reserved
    if (size > free) throw quotaExceeded(quota_bytes, free)
  }

  /**
   * Refuses an upload that cannot fit even without the unfinished ones.
   * @throws as `requireRoom`
   */
  async function requireFit({ owner, size }: Room): Promise<void> {
    const row = await read(owner)
    requireDay(row, size)
    const free = quota_bytes - row.used_bytes
    if (size > free && !(await hasSize(owner, size))) throw quotaExceeded(quota_bytes, free)
  }

  /** SQL condition: an upload fits beside the unfinished ones. */
  function mayBegin({ owner, size }: Room): SQL {
    return sql`EXISTS (SELECT 1 FROM ${owners} o WHERE o.owner = ${owner}
      AND (o.used_bytes + o.pending_bytes + ${size} <= ${quota_bytes}
        OR (o.pending_bytes = 0 AND EXISTS (SELECT 1 FROM ${files} f
          WHERE f.owner = ${owner} AND f.size = ${size}))))`
  }

  function requireDay(
    { day, day_files, day_bytes }: Awaited<ReturnType<typeof read>>,
    size: number,
  ) {
    const now = clock()
    if (day !== toDay(now)) return
    if (day_files >= filesPerDayMax) throw dailyLimitReached(`${filesPerDayMax} files`, now)
    const bytesMax = quotasPerDay * quota_bytes
    if (day_bytes + size > bytesMax) throw dailyLimitReached(`${bytesMax} bytes`, now)
  }

  /** Whether the owner has a file of that size, which may be the one being sent again. */
  async function hasSize(owner: string, size: number): Promise<boolean> {
    const rows = await store.db
      .select({ size: files.size })
      .from(files)
      .where(and(eq(files.owner, owner), eq(files.size, size)))
      .limit(1)
    return rows.length > 0
  }

  /**
   * Refuses what cannot fit before it is sent. Files the user already has are let through.
   * @param announced number of bytes; 0 if unknown
   */
  async function begin(caller: Caller, announced: number): Promise<Transfer> {
    const owner = caller.id
    const row = await read(owner)
    requireDay(row, announced)
    const free = Math.max(0, quota_bytes - row.used_bytes - row.pending_bytes)
    const isKnown = announced > free && (await hasSize(owner, announced))
    const others = inFlight.get(owner) ?? 0
    const fits = others + announced <= free || (isKnown && others === 0)
    if (!fits) throw quotaExceeded(quota_bytes, free - others)
    let counted = 0

    function count(bytes: number): void {
      counted += bytes
      const all = (inFlight.get(owner) ?? 0) + bytes
      if (all > 0) inFlight.set(owner, all)
      else inFlight.delete(owner)
    }

    async function* observe(bytes: AsyncIterable<Uint8Array>) {
      let size = 0
      for await (const chunk of bytes) {
        size += chunk.length
        if (size > counted) {
          if ((inFlight.get(owner) ?? 0) - counted > free) throw quotaExceeded(quota_bytes, 0)
          count(size - counted)
        }
        yield chunk
      }
    }

    count(announced)
    return { observe, end: () => count(-counted) }
  }

  /** The caller's usage and limits. */
  async function readUsage(caller: Caller): Promise<FileUsage> {
    const { used_bytes } = await read(caller.id)
    return { used_bytes, quota_bytes }
  }

  return {
    lock,
    hasRoom,
    hasRoomFor,
    readFree,
    requireRoom,
    requireFit,
    mayBegin,
    begin,
    readUsage,
  }
}

export type Quota = ReturnType<typeof createQuota>

function quotaExceeded(quota: number, free: number): ProblemError {
  const free_bytes = Math.max(0, free)
  return new ProblemError({
    status: 403,
    code: 'quota_exceeded',
    detail:
      `Your files and unfinished uploads may have ${quota} bytes together; ${free_bytes} are ` +
      'free. Delete some first.',
    members: { quota_bytes: quota, free_bytes },
  })
}
