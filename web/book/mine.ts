import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { isOfBooking } from '../bookings/bar.ts'
import { listBookings } from '../bookings/bookings.ts'
import { isLate, isOpen, isOut } from '../bookings/booking-state.tsx'
import { listOwnAllocations, listResourcesById, type TimeSpan } from '../bookings/inventory.ts'
import { day_ms } from '../../shared/duration.ts'
import { readOrKeep, type Kept } from './kept.ts'
import { windowOf } from './span-words.ts'

// Late or refused bookings must be seen.
const shownFor_ms = 7 * day_ms

/** A booking, or an allocation from the calendar or the waiting list. */
export interface Entry {
  id: string
  what: string
  title: string
  span: TimeSpan
  /** Of the resources. */
  zones: string[]
  booking?: Booking
  direct?: { allocation: Allocation; resource: Resource | undefined }
}

export interface Mine {
  /** What is out first, then by start: current, future and late ones. */
  open: Entry[]
  /** Refused requests whose time is not over. */
  refused: Entry[]
}

interface Found {
  all: Booking[]
  allocations: Allocation[]
  resources: Resource[]
}

/** The user's bookings, in three requests; without a network, the last ones read. */
export async function readMine(): Promise<Kept<Mine>> {
  const { data, ...kept } = await readOrKeep(readAll)
  return { ...kept, data: toMine(data) }
}

async function readAll(): Promise<Found> {
  const from = new Date(Date.now() - shownFor_ms).toISOString()
  const [all, allocations] = await Promise.all([
    listBookings({ mine: 'true', from }),
    listOwnAllocations(new Date()),
  ])
  const items = all.filter(isShown).flatMap((booking) => booking.items)
  const direct = allocations.filter(isDirect)
  const resources = await listResourcesById([...items, ...direct].map((one) => one.resource_id))
  return { all, allocations, resources }
}

const isAhead = ({ to }: Booking) => Date.parse(to) > Date.now()
const isRefused = ({ state }: Booking) => state === 'rejected' || state === 'expired'
const isShown = (booking: Booking) => isOpen(booking) || isRefused(booking)

function toMine({ all, allocations, resources }: Found): Mine {
  const open = all.filter((booking) => isOpen(booking) && (isAhead(booking) || isLate(booking)))
  const refused = all.filter((booking) => isRefused(booking) && isAhead(booking))
  const direct = allocations.filter(isDirect)
  const toEntry = (booking: Booking): Entry => {
    const { id, title } = booking
    const own = resources.filter((one) => booking.items.some((it) => it.resource_id === one.id))
    const where = { span: windowOf(booking), zones: zonesOf(own) }
    return { id, title, what: namesOf(resources)(booking), ...where, booking }
  }
  const entries = [...open.map(toEntry), ...direct.map((one) => ofCalendar(one, resources))]
  return {
    open: entries.toSorted(
      (a, b) => rank(a) - rank(b) || a.span.from.getTime() - b.span.from.getTime(),
    ),
    refused: refused.map(toEntry),
  }
}

/** What the user has comes first, as it is to be returned. */
function rank({ booking }: Entry): number {
  return booking && isOut(booking) ? 0 : 1
}

function isDirect(allocation: Allocation): boolean {
  const { allocation_type, from_datetime, to_datetime } = allocation
  const isBounded = from_datetime !== null && to_datetime !== null
  return isBounded && allocation_type === 'booking' && !isOfBooking(allocation)
}

function ofCalendar(allocation: Allocation, resources: Resource[]): Entry {
  const { id, resource_id, resource_type, description: title } = allocation
  const { from_datetime: from, to_datetime: to } = allocation
  const resource = resources.find((one) => one.id === resource_id)
  const span = windowOf({ from: from ?? '', to: to ?? '' })
  return {
    id,
    title,
    what: resource?.name ?? resource_type,
    span,
    zones: zonesOf(resource ? [resource] : []),
    direct: { allocation, resource },
  }
}

export const zonesOf = (resources: Resource[]) => resources.map(({ time_zone }) => time_zone)

/** The names of booked resources; removed or hidden ones appear by type. */
export function namesOf(resources: Resource[]): (booking: Booking) => string {
  const names = new Map(resources.map(({ id, name }) => [id, name]))
  return ({ items }) =>
    items
      .map(({ resource_id, resource_type }) => names.get(resource_id) ?? resource_type)
      .join(', ')
}
