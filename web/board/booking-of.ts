import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import { api, ask } from '../api.ts'
import { approveBooking } from '../bookings/bookings.ts'
import { describeBooking } from '../bookings/booking-state.tsx'
import { listResourcesById } from '../bookings/inventory.ts'
import { changedMeanwhile } from '../if-shown.ts'

const few = '10'

/** The booking of an allocation; undefined if the user may not see it. */
export async function findShown({ id, reference }: Allocation): Promise<Booking | undefined> {
  if (!reference) return undefined
  const found = await ask(api.bookings.bookings.get({ query: { q: reference, limit: few } }))
  return found.find(({ items }) => items.some((item) => item.allocation_id === id))
}

/** @throws if it is no longer as its bar shows */
export async function requireShown(allocation: Allocation): Promise<Booking> {
  const booking = await findShown(allocation)
  const item = booking?.items.find(({ allocation_id }) => allocation_id === allocation.id)
  const { from_datetime: from, to_datetime: to, resource_id } = allocation
  const isIt = booking?.from === from && booking?.to === to && item?.resource_id === resource_id
  if (!booking) throw changedMeanwhile()
  if (!isIt) throw changedMeanwhile(await describeThere(booking))
  return booking
}

/** @throws ProblemError as above */
export async function approveShown(allocation: Allocation): Promise<Booking> {
  return approveBooking(await requireShown(allocation))
}

/** With the resources, one of which may be another now. */
async function describeThere(booking: Booking): Promise<string> {
  const ids = booking.items.map(({ resource_id }) => resource_id)
  const names = (await listResourcesById(ids)).map(({ name }) => name)
  return [...names, describeBooking(booking)].join(', ')
}
