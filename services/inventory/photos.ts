import { and, inArray, isNotNull } from 'drizzle-orm'
import { forbidden, isAdministrator, type Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { invalid, unavailable } from '../../shared/problem.ts'
import type { PinnedPhoto } from '../../shared/schemas/file-pin.ts'
import type { ResourcePhotoLink } from '../../shared/schemas/resource.ts'
import type { BookingsApi } from '../bookings/index.ts'
import type { FilesApi } from '../files/index.ts'
import type { InventoryTables, ResourceRow } from './tables.ts'
import { whereVisible } from './visibility.ts'

type Fault = Exclude<PinnedPhoto['fault'], null>

const faults: Record<Fault, string> = {
  missing: 'You have no file with this hash. Upload all of it first.',
  type: 'A photo is a JPEG, PNG or WebP.',
  size: 'A photo has at most 256 KiB, and 2,000 pixels a side.',
  metadata: 'The photo contains metadata, such as its location. Remove the metadata first.',
}

/** Photos of resources: files keeps them as long as a resource names them. */
export function createPhotos(
  { store, client }: Pick<Context, 'store' | 'client'>,
  { resources }: InventoryTables,
) {
  const pins = () => client<FilesApi>('files').api.files.pins

  /** Pins a photo before the resource names it. @throws 422 `file_missing`, `photo_unfit`; 503 */
  async function keep(holder: string, file_hash: string, caller: Caller): Promise<void> {
    // The system itself has no files.
    const whose = caller.role === 'system' ? {} : { owner: caller.id }
    const { fault } = read(await pins().photos.post({ holder, file_hash, ...whose }))
    if (fault === null) return
    const error = { pointer: '#/photo', detail: faults[fault] }
    throw invalid([error], fault === 'missing' ? 'file_missing' : 'photo_unfit')
  }

  /** Before the resource no longer names it: it is looked at again, and then freed. @throws 503 */
  async function doubt(holder: string, file_hash: string): Promise<void> {
    read(await pins().review.post({ doubted: [{ holder, file_hash }] }))
  }

  /** Those of these resources that the caller sees and that have a photo. @throws 503 */
  async function link(ids: string[], caller: Caller): Promise<ResourcePhotoLink[]> {
    const { id, photo } = resources
    const rows = await store.db
      .select({ holder: id, file_hash: photo })
      .from(resources)
      .where(and(inArray(id, ids), isNotNull(photo), whereVisible(caller, resources)))
    const named = rows.flatMap(({ holder, file_hash }) => (file_hash ? { holder, file_hash } : []))
    if (named.length === 0) return []
    const links = read(await pins().photos.links.post({ pins: named }))
    return links.map(({ holder, ...link }) => ({ resource_id: holder, ...link }))
  }

  /** Confirms the pins that are still named, after anything was interrupted. */
  async function review(): Promise<void> {
    const kept = read(await pins().get())
    if (kept.length === 0) return
    const { id, photo } = resources
    const rows = await store.db
      .select({ id, photo })
      .from(resources)
      .where(
        inArray(
          id,
          kept.map(({ holder }) => holder),
        ),
      )
    const named = new Map(rows.map((row) => [row.id, row.photo]))
    const reviewed = Object.groupBy(kept, ({ holder, file_hash }) =>
      named.get(holder) === file_hash ? 'kept' : 'unnamed',
    )
    read(await pins().review.post(reviewed))
  }

  /** Managers of a resource may change its photo. @throws 403, 503 */
  async function requireManager(
    caller: Caller,
    { id, resource_type }: Pick<ResourceRow, 'id' | 'resource_type'>,
  ): Promise<void> {
    if (isAdministrator(caller)) return
    const asked = { resource_id: id, resource_type, groups: [...caller.groups] }
    const { data } = await client<BookingsApi>('bookings').api.policies.manager.post(asked)
    if (!data) throw unavailable('bookings_unavailable', 'Bookings are unavailable. Please retry.')
    if (!data.manages) throw forbidden('Only a manager of the resource may change its photo.')
  }

  return { keep, doubt, link, review, requireManager }
}

export type Photos = ReturnType<typeof createPhotos>

function read<T>({ data, error }: { data: T | null; error: unknown }): T {
  if (error) throw unavailable('files_unavailable', 'Files are unavailable. Please retry.')
  return data as T
}
