import type {
  Booking,
  BookingChange,
  BookingOutlook,
  NewBooking,
  PendingBookings,
} from '../../shared/schemas/booking.ts'
import { api, ask } from '../api.ts'
import { ifShown } from '../if-shown.ts'
import { readAll } from '../paging.ts'
import type { Tagged } from '../ui/edit.tsx'
import { keep, readKept } from '../session/kept.ts'
import { describeBooking } from './booking-state.tsx'
import { whoChanged } from './inventory.ts'
import type { repeatable } from '../repeat-key.ts'

const { bookings } = api.bookings

interface Filters {
  mine?: 'true'
  pending?: 'true'
  from?: string
  to?: string
}

/** The bookings the user may see, by start. */
export function listBookings(filters: Filters): Promise<Booking[]> {
  return readAll((page) => bookings.get({ query: { ...filters, ...page } }))
}

export function readBooking(id: string): Promise<Booking> {
  return ask(bookings({ id }).get())
}

/** @throws ProblemError `policy_refused` or `not_all_free`, for `readRefusal` */
export async function createBooking(
  body: NewBooking,
  options: ReturnType<typeof repeatable>,
): Promise<Booking> {
  return (await ask(bookings.post(body, options))) as Booking
}

/** The result it would have: requested, or confirmed. @throws ProblemError as above */
export async function lookAhead(body: NewBooking): Promise<BookingOutlook> {
  return (await ask(bookings.post({ ...body, dry_run: true }))) as BookingOutlook
}

/** Moves, resizes, renames or swaps, in any version. @throws ProblemError as above */
export function changeBooking({ id }: Pick<Booking, 'id'>, body: BookingChange): Promise<Booking> {
  return ask(bookings({ id }).patch(body))
}

export const readBookingTagged = ({ id }: Booking) => bookings({ id }).get()

/** As `whoChanged`: its items change together. */
export async function whoChangedBooking({ items: [first] }: Booking): Promise<string> {
  return first ? whoChanged(first.allocation_id) : ''
}

/** Changes a booking in the version that was read. @throws ProblemError `precondition_failed` */
export function changeTagged(
  { id }: Booking,
  body: BookingChange,
  tagged: Tagged,
): Promise<Booking> {
  return ask(bookings({ id }).patch(body, tagged))
}

/** Changes a booking if it is still as shown. @throws ProblemError `precondition_failed` */
export async function changeShown(shown: Booking, body: BookingChange): Promise<Booking> {
  return ask(bookings({ id: shown.id }).patch(body, await ifStill(shown)))
}

/** @throws ProblemError `precondition_failed` if it is no longer as shown */
export async function approveBooking(shown: Booking): Promise<Booking> {
  return ask(bookings({ id: shown.id }).approve.post(undefined, await ifStill(shown)))
}

/** @throws ProblemError `precondition_failed` if it is no longer as shown */
export async function rejectBooking(shown: Booking, reason: string): Promise<Booking> {
  return ask(bookings({ id: shown.id }).reject.post({ reason }, await ifStill(shown)))
}

function ifStill(shown: Booking) {
  return ifShown(shown, bookings({ id: shown.id }).get(), describeBooking)
}

/** How many requests await the user's decision, and whether they decide any. */
export async function readPending(): Promise<PendingBookings> {
  const pending = await ask(bookings.pending.get())
  keepPending(pending)
  return pending
}

const pendingName = 'pending'

/** What `readPending` last gave another page, some minutes ago at most. */
export const keptPending = () => readKept<PendingBookings>(pendingName)

export const keepPending = (pending: PendingBookings) => keep(pendingName, pending)

export function cancelBooking({ id }: Pick<Booking, 'id'>, reason: string): Promise<Booking> {
  return ask(bookings({ id }).cancel.post({ reason }))
}
