import { and, asc, eq, sql } from 'drizzle-orm'
import { forbidden, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import {
  bookingFilesMax,
  type BookingFile,
  type NewBookingFile,
} from '../../../shared/schemas/booking-file.ts'
import type { Find } from '../find-bookings.ts'
import type { Photos } from '../handover/photos.ts'
import type { Rulebook } from '../rulebook.ts'
import type { BookingsTables, ItemRow } from '../tables.ts'

interface Dependencies {
  find: Find
  photos: Photos
  rulebook: Rulebook
}

/** One file of one booking. */
export interface Attached {
  id: string
  file_hash: string
  caller: Caller
}

/**
 * Files of a booking: everyone who may read it can list and add them. They are pinned like photos
 * of handovers, and count towards their owner's quota while they are attached.
 */
export function createAttachments(
  { store, clock, log }: Pick<Context, 'store' | 'clock' | 'log'>,
  { bookings, booking_files: attached }: BookingsTables,
  { find, photos, rulebook }: Dependencies,
) {
  const isIt = ({ id, file_hash }: Attached) =>
    and(eq(attached.booking_id, id), eq(attached.file_hash, file_hash))

  /** @throws 403, 404, 503 */
  async function list(id: string, caller: Caller): Promise<BookingFile[]> {
    await find.find(id, caller)
    const rows = await store.db
      .select()
      .from(attached)
      .where(eq(attached.booking_id, id))
      .orderBy(asc(attached.added), asc(attached.file_hash))
    const hashes = rows.map(({ file_hash }) => file_hash)
    const names = rows.map(({ file_name }) => file_name)
    const links = await photos.open(id, hashes, names)
    return rows.flatMap(({ file_hash, file_name, added, added_by }) => {
      const link = links.get(file_hash)
      if (link) return [{ ...link, file_name, added: toInstant(added) ?? '', added_by }]
      log.warn('a file of a booking is not kept', { booking: id, file: file_hash })
      return []
    })
  }

  /** Adds a file, or renames it if it is there. @throws 403, 404; 409 `too_many_files`; 422; 503 */
  async function add(asked: Attached, { file_name }: NewBookingFile): Promise<void> {
    const { id, file_hash, caller } = asked
    const { items } = await find.find(id, caller)
    const [row] = await store.db.select().from(attached).where(isIt(asked))
    if (row) {
      await requireTheirs(row.added_by, { items, caller })
      await store.db.update(attached).set({ file_name }).where(isIt(asked))
      return
    }
    await photos.keepOwn(id, [{ hash: file_hash, pointer: '/file_hash' }], caller)
    const isBooking = eq(bookings.id, id)
    const others = sql`SELECT count(*) FROM ${attached}
      WHERE ${eq(attached.booking_id, id)} AND ${attached.file_hash} <> ${file_hash}`
    const isIn = await store.atomically([
      // When two requests add the last one, the second sees the first.
      sql`SELECT id FROM ${bookings} WHERE ${isBooking} ${store.rowLock}`,
      sql`INSERT INTO ${attached} (booking_id, file_hash, file_name, added, added_by)
        SELECT ${bookings.id}, ${file_hash}, ${file_name}, ${sql.param(clock(), attached.added)},
          ${caller.id}
        FROM ${bookings} WHERE ${isBooking} AND (${others}) < ${bookingFilesMax}
        ON CONFLICT (booking_id, file_hash) DO UPDATE SET file_name = excluded.file_name
        WHERE ${attached.added_by} = excluded.added_by`,
    ])
    if (isIn) return
    const [meanwhile] = await store.db.select().from(attached).where(isIt(asked))
    throw meanwhile ? notTheirs() : tooMany()
  }

  /**
   * The user who added it may, even without access to the booking now: it uses up their quota.
   * @throws 403, 404, 503
   */
  async function remove(asked: Attached): Promise<void> {
    const { id, file_hash, caller } = asked
    const [row] = await store.db.select().from(attached).where(isIt(asked))
    if (row?.added_by !== caller.id) {
      const { items } = await find.find(id, caller)
      if (!row) throw notFound('file', file_hash)
      await requireTheirs(row.added_by, { items, caller })
    }
    await photos.doubt(id, [file_hash])
    await store.db.delete(attached).where(isIt(asked))
  }

  /** @throws 403 unless the caller added it or manages the resources */
  async function requireTheirs(
    added_by: string,
    { items, caller }: { items: ItemRow[]; caller: Caller },
  ): Promise<void> {
    if (added_by === caller.id || (await rulebook.mayManage(caller, items))) return
    throw notTheirs()
  }

  return { list, add, remove }
}

function notTheirs() {
  return forbidden(
    'Only the user who added it, or a manager of the resources, may rename or remove it.',
  )
}

function tooMany() {
  return conflict('too_many_files', `A booking has at most ${bookingFilesMax} files.`)
}
