import { Elysia } from 'elysia'
import { BundleProblem, ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
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
import {
  BookingSeries,
  BookingSeriesCancellation,
  BookingSeriesOutlook,
  BookingSeriesPolicyProblem,
  BookingSeriesProblem,
  NewBookingSeries,
  NewOccurrence,
  RefusedOccurrence,
} from '../../shared/schemas/booking-series.ts'
import {
  NewPolicy,
  Policy,
  PolicyList,
  PolicyProblem,
  PolicyRules,
  PolicyTrial,
  PolicyVerdict,
  RefusingRule,
} from '../../shared/schemas/policy.ts'
import {
  CalendarList,
  ClosedDays,
  CreatedCalendar,
  NewCalendar,
} from '../../shared/schemas/calendar.ts'
import {
  BookingExtension,
  HandoverList,
  HandoverRecord,
  NewHandover,
  ResourceNow,
} from '../../shared/schemas/handover.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import { Utilisation } from '../../shared/schemas/utilisation.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'bookings models' }).model({
  Booking,
  BookingAudit,
  BookingChange,
  BookingDecision,
  BookingExtension,
  BookingList,
  BookingOutlook,
  BookingSeries,
  BookingSeriesCancellation,
  BookingSeriesOutlook,
  BookingSeriesPolicyProblem,
  BookingSeriesProblem,
  BundleProblem,
  ItemRefusal,
  NewBookingSeries,
  NewOccurrence,
  CalendarList,
  ClosedDays,
  CreatedCalendar,
  NewCalendar,
  HandoverList,
  HandoverRecord,
  NewBooking,
  NewHandover,
  NewPolicy,
  PendingBookings,
  Policy,
  PolicyList,
  PolicyProblem,
  PolicyRules,
  PolicyTrial,
  PolicyVerdict,
  Problem,
  RefusedOccurrence,
  RefusingRule,
  ResourceNow,
  Utilisation,
})
