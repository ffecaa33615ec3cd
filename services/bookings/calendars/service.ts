import type { Context } from '../../../shared/context.ts'
import type { Find } from '../find-bookings.ts'
import type { Reservations } from '../reservations.ts'
import type { BookingsTables } from '../tables.ts'
import type { TypeIds } from '../type-ids.ts'
import { createCalendars } from './calendars.ts'
import { createFeeds } from './feeds.ts'
import { createPeople } from './people.ts'
import { createSeenBookings } from './seen-bookings.ts'

/** Calendar feeds for other programs. */
export function createCalendarService(
  context: Context,
  tables: BookingsTables,
  dependencies: { find: Find; reservations: Reservations; typeIds: TypeIds },
) {
  const calendars = createCalendars(context, tables, dependencies)
  context.onUsersRemoved(calendars.forget)
  const people = createPeople(context)
  const seen = createSeenBookings(context, tables, dependencies)
  return { calendars, feeds: createFeeds(context, { ...dependencies, calendars, people, seen }) }
}
