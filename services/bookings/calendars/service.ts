import type { Context } from '../../../shared/context.ts'
import type { Find } from '../find-bookings.ts'
import type { Reservations } from '../reservations.ts'
import type { BookingsTables } from '../tables.ts'
import { createCalendars } from './calendars.ts'
import { createFeeds } from './feeds.ts'
import { createPeople } from './people.ts'
import { createSeenBookings } from './seen-bookings.ts'

/** Calendar feeds for other programs. */
export function createCalendarService(
  context: Context,
  tables: BookingsTables,
  { find, reservations }: { find: Find; reservations: Reservations },
) {
  const calendars = createCalendars(context, tables, reservations)
  const people = createPeople(context)
  const seen = createSeenBookings(context, tables, find)
  return { calendars, feeds: createFeeds(context, { calendars, find, people, reservations, seen }) }
}
