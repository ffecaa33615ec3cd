import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { listBookings } from '../bookings/bookings.ts'
import { isOpen } from '../bookings/booking-state.tsx'
import { listResourcesById } from '../bookings/inventory.ts'
import { day_ms } from '../time.ts'

// Whoever is late, or was refused, shall see it.
const shownFor_ms = 7 * day_ms

export interface Mine {
  /** By start: what is going on or to come, and what is late. */
  open: Booking[]
  /** Requests that came to nothing, while their time is not over. */
  refused: Booking[]
  nameOf: (booking: Booking) => string
}

/** What the user has, in two requests. */
export async function readMine(): Promise<Mine> {
  const from = new Date(Date.now() - shownFor_ms).toISOString()
  const all = await listBookings({ mine: 'true', from })
  const isAhead = ({ to }: Booking) => Date.parse(to) > Date.now()
  const open = all.filter(
    (booking) => isOpen(booking) && (isAhead(booking) || booking.state === 'checked_out'),
  )
  const isRefused = ({ state }: Booking) => state === 'rejected' || state === 'expired'
  const refused = all.filter((booking) => isRefused(booking) && isAhead(booking))
  return { open, refused, nameOf: await readNames([...open, ...refused]) }
}

/** What bookings are of, by name. */
export async function readNames(bookings: Booking[]): Promise<(booking: Booking) => string> {
  const ids = bookings.flatMap(({ items }) => items.map(({ resource_id }) => resource_id))
  return namesOf(await listResourcesById(ids))
}

/** One that is gone, or hidden by now, is called by its type. */
export function namesOf(resources: Resource[]): (booking: Booking) => string {
  const names = new Map(resources.map(({ id, name }) => [id, name]))
  return ({ items }) =>
    items
      .map(({ resource_id, resource_type }) => names.get(resource_id) ?? resource_type)
      .join(', ')
}
