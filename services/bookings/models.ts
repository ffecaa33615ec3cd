import { Elysia } from 'elysia'
import { BundleProblem } from '../../shared/schemas/allocation-bundle.ts'
import {
  Booking,
  BookingAudit,
  BookingChange,
  BookingDecision,
  BookingList,
  BookingOutlook,
  NewBooking,
  PendingBookings,
} from '../../shared/schemas/booking.ts'
import { NewPolicy, Policy, PolicyList, PolicyProblem } from '../../shared/schemas/policy.ts'
import { Problem } from '../../shared/schemas/problem.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'bookings models' }).model({
  Booking,
  BookingAudit,
  BookingChange,
  BookingDecision,
  BookingList,
  BookingOutlook,
  BundleProblem,
  NewBooking,
  NewPolicy,
  PendingBookings,
  Policy,
  PolicyList,
  PolicyProblem,
  Problem,
})
