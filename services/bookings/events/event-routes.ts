import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { reads } from '../../../shared/promise.ts'
import { BookingEvents } from '../../../shared/schemas/booking-event.ts'
import type { BookingsService } from '../service.ts'

const models = new Elysia({ name: 'booking event models' }).model({ BookingEvents })

const listText = [
  'List what happened to bookings, in commit order',
  'At most 500 at once; `next` goes on. Without `after`, or when it is of a history that a ' +
    'restored backup has ended, from the oldest one that is kept. The booking is as it is now.',
] as const

/** For who tells of it. */
export function eventRoutes({ events }: Pick<BookingsService, 'events'>) {
  return new Elysia({ prefix: '/api/bookings', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('/events', (c) => events.listAfter(c.query.after), {
      ...reads('BookingEvents', { listBookingEvents: listText }),
      access: { service: ['notifications'] },
      query: t.Object({
        after: t.Optional(
          t.String({ maxLength: 60, description: 'The `next` of the last answer' }),
        ),
      }),
    })
}
