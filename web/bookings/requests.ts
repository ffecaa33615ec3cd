import type { Booking } from '../../shared/schemas/booking.ts'
import { isAdmin, user } from '../session/session.ts'
import { listBookings } from './bookings.ts'
import { listResourcesById } from './inventory.ts'

export interface Requests {
  bookings: Booking[]
  /** Names of resources, by id. */
  names: Map<string, string>
}

/** Requests that await the user's decision, earliest first. */
export async function readRequests(): Promise<Requests> {
  const all = await listBookings({ pending: 'true' })
  // The user's own await somebody else's.
  const bookings = all.filter((one) => isAdmin.value || !isMine(one))
  const ids = bookings.flatMap(({ items }) => items.map(({ resource_id }) => resource_id))
  const resources = await listResourcesById(ids)
  return { bookings, names: new Map(resources.map(({ id, name }) => [id, name])) }
}

function isMine({ booked_for, created_by }: Booking): boolean {
  const me = user.value?.id
  return booked_for === me || created_by === me
}

export function nameItems({ items }: Booking, names: Map<string, string>): string {
  return items.map((item) => names.get(item.resource_id) ?? item.resource_type).join(', ')
}
