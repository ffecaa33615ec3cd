import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import { api } from '../api.ts'
import { isOut } from '../bookings/booking-state.tsx'
import { listBooked, listResources, type Window } from '../bookings/inventory.ts'
import { listBookings } from '../bookings/bookings.ts'
import { readRequests } from '../bookings/requests.ts'
import { readAll } from '../paging.ts'
import { addDays, startOfDay } from '../time.ts'

/** A manager's day, in order of urgency. */
export const subjects = ['late', 'requests', 'out', 'back', 'blocked', 'no_show'] as const
export type Subject = (typeof subjects)[number]

export interface Day {
  late: Booking[]
  requests: Booking[]
  /** Going out today, or already out. */
  out: Booking[]
  /** Due today. */
  back: Booking[]
  no_show: Booking[]
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
  return {
    late,
    requests,
    out: bookings.filter((one) => isOpen(one) && isWithin(one.from, today)),
    back: bookings.filter((one) => isOpen(one) && isWithin(one.to, today)),
    no_show: bookings.filter(({ state }) => state === 'no_show'),
    blocked: allocations.filter(({ allocation_type }) => allocation_type !== 'booking'),
    names: new Map(resources.map(({ id, name }) => [id, name])),
  }
}

function listLate(): Promise<Booking[]> {
  return readAll((page) => api.bookings.bookings.get({ query: { state: 'late', ...page } }))
}

function isWithin(at: string, { from, to }: Window): boolean {
  const time = Date.parse(at)
  return time >= from.getTime() && time < to.getTime()
}
