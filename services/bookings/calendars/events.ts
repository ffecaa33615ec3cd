import type { BookingState } from '../../../shared/schemas/booking.ts'
import type { CalendarEntry } from '../../../shared/schemas/calendar.ts'
import type { CalendarEvent } from './icalendar.ts'
import type { SeenBooking } from './seen-bookings.ts'

/** The input of a calendar. */
export interface Contents {
  /** The owner of a personal calendar; undefined for one of resources. */
  person: string | undefined
  /** Allocations that inventory shows its owner. */
  entries: readonly CalendarEntry[]
  /** The bookings among them that its owner can see, and some that have ended. */
  bookings: readonly SeenBooking[]
  /** Names of resources its owner can see, by id. */
  resources: ReadonlyMap<string, string>
  /** Names of people, by id. */
  people: ReadonlyMap<string, string>
  /** The range drawn for times without a bound. */
  window: { from: number; to: number }
}

/** The events of a calendar, by start: one per booking, or per allocation without one. */
export function toEvents(contents: Contents): CalendarEvent[] {
  const parts = new Set(contents.bookings.flatMap((it) => it.items.map((item) => item.allocation)))
  const alone = contents.entries.filter(({ allocation }) => !parts.has(allocation.id))
  const events = [
    ...contents.bookings.map((booking) => toBookingEvent(booking, contents)),
    ...alone.map((entry) => toAllocationEvent(entry, contents)),
  ]
  return events.toSorted((a, b) => a.from - b.from || (a.uid < b.uid ? -1 : 1))
}

const statuses: Record<BookingState, CalendarEvent['status']> = {
  requested: 'TENTATIVE',
  confirmed: 'CONFIRMED',
  checked_out: 'CONFIRMED',
  late: 'CONFIRMED',
  returned: 'CONFIRMED',
  rejected: 'CANCELLED',
  cancelled: 'CANCELLED',
  expired: 'CANCELLED',
  no_show: 'CANCELLED',
}

function toBookingEvent(booking: SeenBooking, contents: Contents): CalendarEvent {
  const { id, sequence, created, revised, from, to, title, note, number, state } = booking
  const status = statuses[state]
  const places = booking.items.map((item) => contents.resources.get(item.resource) ?? item.type)
  return {
    uid: id,
    sequence,
    created,
    revised,
    from,
    to,
    summary: addPerson(title, booking.person, contents),
    location: places.join(', '),
    description: [note, number].filter(Boolean).join('\n\n'),
    status,
    isBusy: contents.person !== undefined && status !== 'CANCELLED',
  }
}

function toAllocationEvent(entry: CalendarEntry, contents: Contents): CalendarEvent {
  const { allocation, version, revised } = entry
  const { from_datetime, to_datetime, description, allocation_type, reference } = allocation
  const place = contents.resources.get(allocation.resource_id) ?? allocation.resource_type
  const word = allocation_type === 'booking' ? place : allocation_type
  return {
    uid: allocation.id,
    sequence: version - 1,
    created: Date.parse(allocation.created),
    revised: Date.parse(revised),
    from: from_datetime === null ? contents.window.from : Date.parse(from_datetime),
    to: to_datetime === null ? contents.window.to : Date.parse(to_datetime),
    summary: addPerson(description || word, allocation.booked_for, contents),
    location: place,
    description: reference ?? '',
    status: allocation.status === 'held' ? 'TENTATIVE' : 'CONFIRMED',
    isBusy: contents.person !== undefined,
  }
}

// A personal calendar need not name its owner.
function addPerson(text: string, id: string, { person, people }: Contents): string {
  const name = id === person ? undefined : people.get(id)
  return name === undefined ? text : `${text} (${name})`
}
