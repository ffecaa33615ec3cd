import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Handover } from '../../shared/schemas/handover.ts'
import { api } from '../api.ts'
import { isOut } from '../bookings/booking-state.tsx'
import { listBooked, listResources, type TimeSpan } from '../bookings/inventory.ts'
import { listBookings } from '../bookings/bookings.ts'
import { readRequests } from '../bookings/requests.ts'
import { readAll, readPage } from '../paging.ts'
import { day_ms } from '../../shared/duration.ts'
import { addDays, startOfDay } from '../time.ts'

/** A manager's day, in order of urgency. */
export const subjects = [
  'late',
  'damaged',
  'requests',
  'out',
  'back',
  'blocked',
  'no_show',
] as const
export type Subject = (typeof subjects)[number]

export interface Day {
  late: Booking[]
  /** Returned damaged, and since then neither good nor out of service; read apart. */
  damaged: Handover[]
  requests: Booking[]
  /** Going out today, or already out. */
  out: Booking[]
  /** Due today. */
  back: Booking[]
  no_show: Booking[]
  /** Whatever somebody has or will have today. */
  open: Booking[]
  /** Temporarily out of service. */
  blocked: Allocation[]
  /** Names of resources, by id. */
  names: ReadonlyMap<string, string>
}

/** All of today, in the viewer's zone. */
export async function readDay(): Promise<Day> {
  const from = startOfDay(new Date())
  const today = { from, to: addDays(from, 1) }
  const [bookings, late, { bookings: requests }, allocations, resources] = await Promise.all([
    listBookings({ from: today.from.toISOString(), to: today.to.toISOString() }),
    listLate(),
    readRequests(),
    listBooked(today),
    listResources(),
  ])
  const isOpen = (one: Booking) => one.state === 'confirmed' || isOut(one)
  const open = bookings.filter(isOpen)
  return {
    late,
    damaged: [],
    requests,
    out: open.filter((one) => isWithin(one.from, today)),
    back: open.filter((one) => isWithin(one.to, today)),
    open: [...late, ...open],
    no_show: bookings.filter(({ state }) => state === 'no_show'),
    blocked: allocations.filter(({ allocation_type }) => allocation_type !== 'booking'),
    names: new Map(resources.map(({ id, name }) => [id, name])),
  }
}

function listLate(): Promise<Booking[]> {
  return readAll((page) => api.bookings.bookings.get({ query: { state: 'late', ...page } }))
}

const { handovers } = api.bookings
// Older damage is known; so many are looked at, newest first.
const damageFor_ms = 14 * day_ms
const damagesMax = 20

/** Those of the newest damages after which nothing was done. */
export async function listDamaged(): Promise<Handover[]> {
  const query = { damaged: 'still', limit: '200' } as const
  const { items } = await readPage(handovers.get({ query }))
  const now = Date.now()
  const isNews = ({ returned }: Handover) => now - Date.parse(returned?.at ?? '') < damageFor_ms
  // The newest of each resource.
  const byResource = new Map(items.toReversed().map((one) => [one.resource_id, one]))
  const found = [...byResource.values()].filter(isNews).toReversed().slice(0, damagesMax)
  const isOpen = await Promise.all(found.map(isInService))
  return found.filter((_, at) => isOpen[at])
}

/** Whether no time for a repair was allocated since its return. */
async function isInService({ resource_id, returned }: Handover): Promise<boolean> {
  const from = new Date(returned?.at ?? 0)
  const found = await listBooked({ from, to: addDays(new Date(), 90) }, resource_id)
  return found.every(
    ({ allocation_type, created }) =>
      allocation_type === 'booking' || Date.parse(created) < from.getTime(),
  )
}

/** The booking after which another can begin; undefined if it can now. */
export function findBefore({ id, from, items }: Booking, { open }: Day): Booking | undefined {
  const [now, start] = [Date.now(), Date.parse(from)]
  const isOfIt = (other: Booking) =>
    other.items.some((one) => items.some(({ resource_id }) => resource_id === one.resource_id))
  const isBefore = (other: Booking) =>
    isOut(other) || (Date.parse(other.from) < start && Date.parse(other.to) > now)
  return open.find((other) => other.id !== id && isBefore(other) && isOfIt(other))
}

function isWithin(at: string, { from, to }: TimeSpan): boolean {
  const time = Date.parse(at)
  return time >= from.getTime() && time < to.getTime()
}
