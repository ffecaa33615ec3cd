import type { Booking } from '../../shared/schemas/booking.ts'
import type { Handover, NewHandover, ResourceNow } from '../../shared/schemas/handover.ts'
import { api, ask } from '../api.ts'

const { bookings, handovers, resource_codes } = api.bookings

export type Step = 'check_out' | 'return'

/** The current state of the resource with this code. */
export function readCode(code: string): Promise<ResourceNow> {
  return ask(resource_codes({ code }).get())
}

/** What was recorded of a booking when it was picked up. */
export function listReadings(booking_id: string): Promise<Handover[]> {
  return ask(handovers.get({ query: { booking_id } }))
}

/** Checks a booking out, or returns it. @throws ProblemError naming required records */
export function handOver(id: string, step: Step, body: NewHandover): Promise<Booking> {
  const booking = bookings({ id })
  return ask(step === 'return' ? booking.return.post(body) : booking.check_out.post(body))
}
