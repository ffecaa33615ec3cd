import { Elysia } from 'elysia'
import { BundleProblem } from '../../shared/schemas/allocation-bundle.ts'
import {
  Booking,
  BookingChange,
  BookingDecision,
  BookingList,
  BookingOutlook,
  NewBooking,
} from '../../shared/schemas/booking.ts'
import { Problem } from '../../shared/schemas/problem.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'bookings models' }).model({
  Booking,
  BookingChange,
  BookingDecision,
  BookingList,
  BookingOutlook,
  BundleProblem,
  NewBooking,
  Problem,
})
