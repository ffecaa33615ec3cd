import type { Handover, HandoverPhoto } from '../../shared/schemas/handover.ts'
import { api, ask } from '../api.ts'
import { readPage, type Page } from '../paging.ts'

const { handovers } = api.bookings

interface Wanted {
  resource_id: string
  /** Only damaged returns. */
  damaged: boolean
}

/** Handovers with their records, newest first, as far as the user may see them. */
export function listHandovers(
  { resource_id, damaged }: Wanted,
  cursor?: string,
): Promise<Page<Handover>> {
  const query = {
    resource_id,
    ...(damaged && { damaged: 'true' as const }),
    ...(cursor && { cursor }),
  }
  return readPage(handovers.get({ query }))
}

/** They open without a token, for 15 minutes. */
export function listPhotos({ id }: Handover): Promise<HandoverPhoto[]> {
  return ask(handovers({ id }).photos.get())
}
