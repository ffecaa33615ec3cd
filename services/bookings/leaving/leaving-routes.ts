import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { answers, reads } from '../../../shared/convention.ts'
import * as schema from '../../../shared/schemas/leaving.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import type { BookingsService } from '../service.ts'

const models = new Elysia({ name: 'leaving booked models' }).model({
  BookedHoldings: schema.BookedHoldings,
  BookingHandOver: schema.BookingHandOver,
  BookingReleaseOf: schema.BookingReleaseOf,
  Progress: schema.Progress,
})

const forUsers = { access: { service: ['users'] } } as const

/** The bookings of a leaving user; only for the users service, which knows who may ask. */
export function leavingRoutes({ leaving: { holdings, handOver, release } }: BookingsService) {
  return new Elysia({ prefix: '/api/bookings', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('/holdings', (c) => holdings(c.query.user_id), {
      ...reads('BookedHoldings', { getBookedHoldings: 'Get the bookings of a user from now on' }),
      ...forUsers,
      query: t.Object({ user_id: Id }),
    })
    .post('/hand_over', (c) => handOver(c.body), {
      ...answers('Progress', { handOverBooked: 'Give what a user has booked to another' }),
      ...forUsers,
      body: 'BookingHandOver',
    })
    .post('/release', (c) => release(c.body), {
      ...answers('Progress', { releaseBooked: 'Cancel what a user has booked' }),
      ...forUsers,
      body: 'BookingReleaseOf',
    })
}
