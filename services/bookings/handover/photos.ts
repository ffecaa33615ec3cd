import { inArray } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { invalid, unavailable } from '../../../shared/problem.ts'
import {
  filePinsMax,
  type NewFilePins,
  type PinnedFileLink,
} from '../../../shared/schemas/file-pin.ts'
import type { HandoverPhoto } from '../../../shared/schemas/handover.ts'
import type { FilesApi } from '../../files/index.ts'
import type { Settlement } from '../settle.ts'
import type { BookingsTables } from '../tables.ts'
import { day_ms } from '../../../shared/duration.ts'

// Damage is discussed for this long; after that the photo is the organisation's.
const countedFor_ms = 7 * day_ms

/** A photo, and its place in the request. */
export interface NamedPhoto {
  hash: string
  pointer: string
}

/** Photos of handovers and files of bookings: pinned, so that named files exist and stay. */
export function createPhotos(
  { store, client, clock }: Pick<Context, 'store' | 'client' | 'clock'>,
  { handovers, booking_files: attached }: BookingsTables,
  settlement: Settlement,
) {
  const api = () => client<FilesApi>('files').api.files.pins

  /**
   * Called before the row that names them is written, so that none is deleted in between.
   * @throws 422 `file_missing` naming files the caller does not have; 503
   */
  async function keep(holder: string, named: NamedPhoto[], caller: Caller): Promise<void> {
    for (let at = 0; at < named.length; at += filePinsMax) {
      const some = named.slice(at, at + filePinsMax)
      const hashes = some.map(({ hash }) => hash)
      await pin({ holder, hashes, owner: caller.id, of_anybody: isAdministrator(caller) }, some)
    }
  }

  /** As `keep`, but the caller must own each file even if it is pinned. @throws as `keep` */
  async function keepOwn(holder: string, named: NamedPhoto[], caller: Caller): Promise<void> {
    if (named.length === 0) return
    const hashes = named.map(({ hash }) => hash)
    const asked = { holder, hashes, owner: caller.id, of_anybody: false }
    await pin({ ...asked, only_own: true }, named)
  }

  async function pin(asked: NewFilePins, named: NamedPhoto[]): Promise<void> {
    const { missing } = read(await api().post(asked))
    const errors = named.filter(({ hash }) => missing.includes(hash))
    if (errors.length === 0) return
    const detail = 'You have no file with this hash. Upload all of it first.'
    throw invalid(
      errors.map(({ pointer }) => ({ pointer, detail })),
      'file_missing',
    )
  }

  /** Called before files are unnamed: marks them for review, which frees them. */
  async function doubt(holder: string, hashes: string[]): Promise<void> {
    const doubted = hashes.map((file_hash) => ({ holder, file_hash }))
    if (doubted.length > 0) read(await api().review.post({ doubted }))
  }

  /** For users who may read the handover. Photos older than pinning have no link. */
  async function link(row: Photographed): Promise<HandoverPhoto[]> {
    const named = listPhotos(row)
    const hashes = [...new Set(named.map(({ file_hash }) => file_hash))]
    const links = await open(row.booking_id, hashes)
    return named.flatMap(({ file_hash, recorded }) => {
      const found = links.get(file_hash)
      return found ? [{ ...found, recorded }] : []
    })
  }

  /** Links by hash. @param names of the files that have one */
  async function open(
    holder: string,
    hashes: string[],
    names?: string[],
  ): Promise<Map<string, PinnedFileLink>> {
    if (hashes.length === 0) return new Map()
    const links = read(await api().links.post({ holder, hashes, ...(names && { names }) }))
    return new Map(links.map((link) => [link.file_hash, link]))
  }

  /** Reports which pinned files are still named, wherever a request was interrupted. */
  async function review(): Promise<void> {
    const pins = read(await api().get())
    if (pins.length === 0) return
    const holders = [...new Set(pins.map(({ holder }) => holder))]
    const unsettled = new Set(
      (await settlement.load(holders))
        .filter(({ row }) => row.unsettled !== null)
        .map(({ row }) => row.id),
    )
    const named = await listNamed(holders)
    // Files in use are reviewed again later, so that they do not delay others.
    const reviewed = Object.groupBy(pins, ({ holder, file_hash }) => {
      if (unsettled.has(holder)) return 'doubted'
      const returned = named.get(`${holder} ${file_hash}`)
      if (returned === undefined) return 'unnamed'
      return returned !== null && returned < clock() - countedFor_ms ? 'over' : 'kept'
    })
    read(await api().review.post(reviewed))
  }

  /** By holder: when the last of it was returned; null if not yet. */
  async function listNamed(holders: string[]): Promise<Map<string, number | null>> {
    const { booking_id, out_files, in_files, returned } = handovers
    const rows = await store.db
      .select({ booking_id, out_files, in_files, returned })
      .from(handovers)
      .where(inArray(booking_id, holders))
    const named = new Map<string, number | null>()
    for (const row of rows) {
      for (const { file_hash } of listPhotos(row)) {
        const key = `${row.booking_id} ${file_hash}`
        const last = named.get(key) ?? 0
        const isOut = row.returned === null || named.get(key) === null
        named.set(key, isOut ? null : Math.max(last, row.returned ?? 0))
      }
    }
    // Otherwise a member could keep files without end that count towards nobody.
    for (const { booking_id: id, file_hash } of await listAttached(holders)) {
      named.set(`${id} ${file_hash}`, null)
    }
    return named
  }

  function listAttached(holders: string[]) {
    const { booking_id, file_hash } = attached
    return store.db
      .select({ booking_id, file_hash })
      .from(attached)
      .where(inArray(booking_id, holders))
  }

  return { keep, keepOwn, doubt, link, open, review }
}

export type Photos = ReturnType<typeof createPhotos>

interface Photographed {
  booking_id: string
  out_files: string
  in_files: string
}

function listPhotos({ out_files, in_files }: Photographed) {
  const toNamed = (files: string, recorded: HandoverPhoto['recorded']) =>
    (JSON.parse(files) as string[]).map((file_hash) => ({ file_hash, recorded }))
  return [...toNamed(out_files, 'checked_out'), ...toNamed(in_files, 'returned')]
}

function read<T>({ data, error }: { data: T | null; error: unknown }): T {
  if (error) throw unavailable('files_unavailable', 'Files are unavailable. Please retry.')
  return data as T
}
