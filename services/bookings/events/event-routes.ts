import { Elysia, t } from 'elysia'
import { access, toServiceCaller, type Caller } from '../../../shared/access.ts'
import { readInstant } from '../../../shared/instant.ts'
import { answers, reads, sends } from '../../../shared/convention.ts'
import { logQuery } from '../../../shared/event-log.ts'
import {
  BookingDeciders,
  BookingEvents,
  DeciderLookup,
  DueBookings,
} from '../../../shared/schemas/booking-event.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import { Id, Instant } from '../../../shared/schemas/primitive.ts'
import type { BookingsService } from '../service.ts'

const models = new Elysia({ name: 'booking event models' }).model({
  BookingDeciders,
  BookingEvents,
  DeciderLookup,
  DueBookings,
  Problem,
})

const forWhoTells = { access: { service: ['notifications'] } } as const

const listText = [
  'List what happened to bookings, in commit order',
  'At most 500 at once; `next` continues. Without `after`, or after the restore of a backup, ' +
    'starts with the oldest event kept. Bookings are in their current state.',
] as const

const dueText = [
  'List what fell due in a window: reminders, late returns, undecided requests',
  'Returned in pages; `next` is the `cursor` of the next page. Ids are the same at each call.',
] as const

/** For the service that notifies people. */
export function eventRoutes({ events, feeds }: Pick<BookingsService, 'events' | 'feeds'>) {
  return new Elysia({ prefix: '/api/bookings', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('/events', (c) => events.listAfter(c.query.after), {
      ...reads('BookingEvents', { listBookingEvents: listText }),
      ...forWhoTells,
      query: t.Object(logQuery),
    })
    .get('/due', (c) => events.listDue(toDueQuery(c.query)), {
      ...reads('DueBookings', { listDueBookings: dueText }, 400),
      ...forWhoTells,
      query: t.Object({
        after: Instant,
        until: Instant,
        cursor: t.Optional(t.String({ maxLength: 500 })),
      }),
    })
    .get('/:id/calendar_entry', (c) => feeds.writeBooking(c.params.id, toMember(c.query.user_id)), {
      ...sends(
        'text/calendar',
        { getCalendarEntry: 'Get a booking as its owner exports it' },
        403,
        404,
      ),
      ...forWhoTells,
      params: t.Object({ id: Id }),
      query: t.Object({ user_id: Id }),
    })
    .post('/deciders', (c) => events.findDeciders(c.body.ids), {
      ...answers('BookingDeciders', { findDeciders: 'Get who may decide about bookings' }),
      ...forWhoTells,
      body: 'DeciderLookup',
    })
}

/** A caller with no rights beyond their own. */
function toMember(id: string): Caller {
  return { ...toServiceCaller('notifications'), id, role: 'member' }
}

function toDueQuery(query: { after: string; until: string; cursor?: string | undefined }) {
  const read = (text: string) => readInstant(text) ?? Infinity
  return { ...query, after: read(query.after), until: read(query.until) }
}
