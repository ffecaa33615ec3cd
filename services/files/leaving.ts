import { and, asc, count, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { conflict } from '../../shared/problem.ts'
import type { FileHandOver, FileHoldings, Progress } from '../../shared/schemas/leaving.ts'
import type { Quota } from './quota.ts'
import type { FilesTables } from './tables.ts'
import type { FileEventLog } from './events/file-events.ts'

// Others write between two commits, and the response must precede the caller's deadline.
const rowsAtOnce = 100
const rowsMax = 2000

/** The files of a leaving user: their number, and their hand-over. */
export function createLeaving(
  { store }: Context,
  tables: FilesTables,
  { fileEvents, quota }: { fileEvents: FileEventLog; quota: Quota },
) {
  const { files, pins, uploads } = tables

  async function holdings(user: string): Promise<FileHoldings> {
    const sum = sql<number>`coalesce(sum(${files.size}), 0)`.mapWith(Number)
    const rows = store.db.select({ count: count(), bytes: sum }).from(files)
    const [own] = await rows.where(eq(files.owner, user))
    const isBegun = and(eq(uploads.owner, user), isNull(uploads.file_hash))
    return {
      count: Number(own?.count ?? 0),
      bytes: own?.bytes ?? 0,
      uploads: await store.db.$count(uploads, isBegun),
    }
  }

  const own = ({ from, files: chosen }: FileHandOver) =>
    and(eq(files.owner, from), chosen === true ? undefined : inArray(files.file_hash, chosen))

  /** Whether the receiver has the same contents: one record is enough. */
  const isKnown = ({ to }: FileHandOver) => sql`${files.file_hash} IN (
    SELECT file_hash FROM files AS theirs WHERE theirs.owner = ${to})`

  const sizeOf = (which: SQL | undefined) => sql`(
    SELECT coalesce(sum(size), 0) FROM ${files} WHERE ${which})`

  /** @throws 409 if they exceed the receiver's quota; then nothing was done */
  async function requireRoom(request: FileHandOver): Promise<void> {
    const free_bytes = await quota.readFree(request.to)
    const which = and(own(request), sql`NOT ${isKnown(request)}`)
    const [row] = await store.rows<{ bytes: number }>(sql`SELECT ${sizeOf(which)} AS bytes`)
    const bytes = Number(row?.bytes ?? 0)
    if (bytes > free_bytes) throw noRoom(bytes, free_bytes)
  }

  async function next(which: SQL | undefined): Promise<string[]> {
    const rows = await store.db
      .select({ file_hash: files.file_hash })
      .from(files)
      .where(which)
      .orderBy(asc(files.file_hash))
      .limit(rowsAtOnce)
    return rows.map(({ file_hash }) => file_hash)
  }

  /** Applies it to batches of records until none is left. */
  async function repeat(
    { from, to }: FileHandOver,
    which: SQL | undefined,
    write: (some: SQL | undefined) => SQL[],
  ): Promise<number> {
    // In a fixed order, so that two who hand over to each other do not deadlock.
    const locks = [from, to].toSorted().map(quota.lock)
    let done = 0
    while (done < rowsMax) {
      const hashes = await next(which)
      const some = and(which, inArray(files.file_hash, hashes))
      // Pinned files then count towards the new owner.
      const repin = store.db
        .update(pins)
        .set({ owner: to })
        .where(and(eq(pins.owner, from), inArray(pins.file_hash, hashes)))
        .getSQL()
      if (hashes.length === 0 || !(await store.atomically([...locks, repin, ...write(some)]))) break
      done += hashes.length
    }
    return done
  }

  /** @throws 409 as `requireRoom` */
  async function handOver(request: FileHandOver): Promise<Progress> {
    const { to, dry_run } = request
    await requireRoom(request)
    if (dry_run) return { done: 0, left: await store.db.$count(files, own(request)) }
    const known = and(own(request), isKnown(request))
    const others = and(own(request), sql`NOT ${isKnown(request)}`)
    const dropped = await repeat(request, known, (some) => [
      sql`DELETE FROM ${files} WHERE ${some}`,
    ])
    const moved = await repeat(request, others, (some) => [
      fileEvents.add(request, some),
      sql`UPDATE ${files} SET owner = ${to}, version = version + 1
        WHERE ${some} AND ${quota.hasRoomFor(to, sizeOf(some))}`,
    ])
    const left = await store.db.$count(files, own(request))
    if (moved === 0 && left > 0) await requireRoom(request)
    return { done: dropped + moved, left }
  }

  return { holdings, handOver }
}

function noRoom(bytes: number, free_bytes: number) {
  const detail = `The files have ${bytes} bytes, but the receiver has ${free_bytes} free.`
  return conflict('quota_exceeded', detail, { free_bytes })
}
