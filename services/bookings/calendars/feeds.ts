import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { notFound } from '../../../shared/problem.ts'
import type { CalendarEntries } from '../../../shared/schemas/calendar.ts'
import type { Find } from '../find-bookings.ts'
import { toViewer, type Reservations } from '../reservations.ts'
import type { Span } from '../policy/rules.ts'
import { noCalendar, type Calendars } from './calendars.ts'
import { toEvents } from './events.ts'
import { createReadLimit } from './read-limit.ts'
import { writeCalendar } from './icalendar.ts'
import type { People } from './people.ts'
import type { SeenBooking, SeenBookings, Subject } from './seen-bookings.ts'
import { day_ms } from '../../../shared/duration.ts'

interface Dependencies {
  calendars: Calendars
  find: Find
  people: People
  reservations: Reservations
  seen: SeenBookings
}

// A year in total, the longest window of a type that inventory lists.
const past_days = 31
const ahead_days = 334
// How long ended bookings are shown as cancelled.
const endedFor_days = 30

/** Calendars as iCalendar text, computed from what their owner can see now. */
export function createFeeds(
  { clock }: Pick<Context, 'clock'>,
  { calendars, find, people, reservations, seen }: Dependencies,
) {
  const limit = createReadLimit(clock)

  /**
   * The calendar at an address.
   * @throws 404 if it is gone or its owner has no active account, 429 when read too often; 503
   * rather than an incomplete calendar
   */
  async function read(address: string): Promise<string> {
    const calendar = await calendars.open(address)
    limit(calendar.user_id)
    const caller = await people.findCaller(calendar.user_id)
    if (!caller) throw noCalendar()
    return write(calendar.name, caller, calendar)
  }

  async function write(name: string, caller: Caller, subject: Subject): Promise<string> {
    const isOwn = subject.resource_id === null && subject.type_id === null
    // Constant for a day, so responses can be cached.
    const today = Math.floor(clock() / day_ms) * day_ms
    const window = { from: today - past_days * day_ms, to: today + ahead_days * day_ms }
    const since = clock() - endedFor_days * day_ms
    const ended = await seen.endedSince(caller, subject, { ...window, since })
    const found = await readEntries(caller, { window, ended, subject })
    const ids = found.entries.map(({ allocation }) => allocation.id)
    const live = await seen.ofAllocations(caller, ids)
    // Nothing the owner cannot see is included.
    const bookings = isOwn || found.name !== null ? distinct([...live, ...ended]) : []
    return toText(name, caller, { ...found, bookings, window, isOwn })
  }

  function readEntries(
    caller: Caller,
    { window, ended, subject }: { window: Span; ended: SeenBooking[]; subject: Subject },
  ): Promise<CalendarEntries> {
    const { resource_id, type_id } = subject
    return reservations.readCalendar({
      viewer: toViewer(caller),
      ...(resource_id !== null && { resource_id }),
      ...(type_id !== null && { type_id }),
      from: new Date(window.from).toISOString(),
      to: new Date(window.to).toISOString(),
      named: namesOf(ended),
    })
  }

  async function toText(
    name: string,
    caller: Caller,
    { bookings, entries, resources, window, isOwn }: Found,
  ): Promise<string> {
    const all = [
      ...bookings.map((it) => it.person),
      ...entries.map(({ allocation }) => allocation.booked_for),
    ].filter((id) => !isOwn || id !== caller.id)
    const events = toEvents({
      person: isOwn ? caller.id : undefined,
      entries,
      bookings,
      resources: new Map(resources.map((it) => [it.id, it.name])),
      people: await people.findNames(all),
      window: toYears(window),
    })
    return writeCalendar(name, events)
  }

  /** One booking, if the caller may see it. @throws 403, 404 */
  async function writeBooking(id: string, caller: Caller): Promise<string> {
    await find.find(id, caller)
    const booking = await seen.one(caller, id)
    if (!booking) throw notFound('booking', id)
    const window = { from: booking.from, to: booking.to }
    const subject = { resource_id: null, type_id: null }
    const { resources } = await readEntries(caller, { window, ended: [booking], subject })
    const isOwn = booking.person === caller.id
    const found = { bookings: [booking], entries: [], resources, window, isOwn }
    return toText(booking.title, caller, found)
  }

  return { read, writeBooking }
}

interface Found extends Pick<CalendarEntries, 'entries' | 'resources'> {
  bookings: SeenBooking[]
  window: Span
  isOwn: boolean
}

function distinct(bookings: SeenBooking[]): SeenBooking[] {
  return [...new Map(bookings.map((booking) => [booking.id, booking])).values()]
}

// As many as one request may name; the rest show their type.
function namesOf(bookings: SeenBooking[]): string[] {
  const ids = bookings.flatMap(({ items }) => items.map(({ resource }) => resource))
  return [...new Set(ids)].slice(0, 1000)
}

// An unbounded time would otherwise get a different bound every day.
function toYears({ from, to }: Span): Span {
  const yearOf = (time: number) => new Date(time).getUTCFullYear()
  return { from: Date.UTC(yearOf(from), 0), to: Date.UTC(yearOf(to) + 1, 0) }
}
