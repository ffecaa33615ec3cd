import { Elysia, t } from 'elysia'
import { BundleProblem, ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import { BookingFileList, NewBookingFile } from '../../shared/schemas/booking-file.ts'
import {
  Booking,
  BookingAudit,
  BookingChange,
  BookingCancellation,
  BookingDecision,
  BookingList,
  BookingOutlook,
  NewBooking,
  PendingBookings,
} from '../../shared/schemas/booking.ts'
import {
  BookingSeries,
  BookingSeriesCancellation,
  BookingSeriesChange,
  BookingSeriesDecision,
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
  CreatedDisplay,
  DisplayList,
  DisplayNow,
  NewDisplay,
} from '../../shared/schemas/display.ts'
import {
  BookingExtension,
  CorrectionList,
  Handover,
  HandoverCorrection,
  HandoverList,
  HandoverPhotos,
  HandoverRecord,
  NewHandover,
  ResourceNow,
} from '../../shared/schemas/handover.ts'
import { Progress } from '../../shared/schemas/leaving.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import { Utilisation } from '../../shared/schemas/utilisation.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'bookings models' }).model({
  Booking,
  BookingAudit,
  BookingChange,
  // A body that may be missing.
  BookingCancellation: t.Optional(BookingCancellation),
  BookingDecision,
  BookingExtension,
  BookingFileList,
  BookingList,
  BookingOutlook,
  BookingSeries,
  BookingSeriesCancellation,
  BookingSeriesChange,
  BookingSeriesDecision,
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
  CreatedDisplay,
  DisplayList,
  DisplayNow,
  NewDisplay,
  CorrectionList,
  Handover,
  HandoverCorrection,
  HandoverList,
  HandoverPhotos,
  HandoverRecord,
  NewBooking,
  NewBookingFile,
  NewHandover: t.Optional(NewHandover),
  NewPolicy,
  PendingBookings,
  Policy,
  PolicyList,
  PolicyProblem,
  PolicyRules,
  PolicyTrial,
  PolicyVerdict,
  Problem,
  Progress,
  RefusedOccurrence,
  RefusingRule,
  ResourceNow,
  Utilisation,
})
