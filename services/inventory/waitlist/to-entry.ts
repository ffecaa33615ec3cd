import { toInstant } from '../../../shared/instant.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { toSpan } from '../span.ts'
import type { WaitlistRow } from '../tables.ts'
import { toWhere } from './conditions.ts'
import { toDuration } from './duration.ts'

/** An entry as it is read. */
export interface FoundEntry {
  row: WaitlistRow
  resource_type: string
  resource_id: string | null
  /** The resource it was served with. */
  served_id: string | null
  isOpen: boolean
  /** How many entries for overlapping time are ahead of it. */
  ahead: number
}

/** The wire form of an entry. */
export function toEntry(found: FoundEntry): WaitlistEntry {
  const { row, resource_type, resource_id, isOpen, ahead } = found
  const { hold_seconds } = row
  return {
    id: row.id,
    status: isOpen ? 'waiting' : row.served_from === null ? 'expired' : 'served',
    position: isOpen ? ahead + 1 : null,
    resource_type,
    resource_id,
    where: toWhere(row.conditions),
    earliest: toInstant(row.earliest) ?? '',
    latest: toInstant(row.latest) ?? '',
    duration: toDuration(row.latest - row.latest_start),
    on_free: hold_seconds === null ? 'book' : 'hold',
    hold_for: hold_seconds === null ? null : toDuration(hold_seconds * 1000),
    until: toInstant(row.until) ?? '',
    description: row.description,
    reference: row.reference,
    created: toInstant(row.created) ?? '',
    created_by: row.created_by,
    booked_for: ownerOf(row),
    allocation: toAllocation(found),
  }
}

type NewRow = Omit<WaitlistRow, 'number' | 'checked' | 'closed' | 'served_resource' | 'served_from'>

/** An entry as it was joined, while it cannot be read: its place in the queue is not known. */
export function toNewEntry(
  row: NewRow,
  resource_type: string,
  { resource_id = null }: { resource_id?: string | null },
): WaitlistEntry {
  const left = { number: 0, checked: 0, closed: null, served_resource: null, served_from: null }
  const found = { row: { ...row, ...left }, resource_type, resource_id, served_id: null }
  return { ...toEntry({ ...found, isOpen: true, ahead: 0 }), position: null }
}

/** The user whose entry it is. */
export function ownerOf({ booked_for, created_by }: WaitlistRow): string {
  return booked_for ?? created_by
}

function toAllocation({ row, served_id }: FoundEntry): WaitlistEntry['allocation'] {
  const { id, served_from: from } = row
  if (from === null || served_id === null) return null
  const span = toSpan({ from, to: from + row.latest - row.latest_start })
  return { id, resource_id: served_id, ...span }
}
