import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { answers, reads } from '../../../shared/convention.ts'
import * as leaving from '../../../shared/schemas/leaving.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import type { InventoryService } from '../service.ts'

const models = new Elysia({ name: 'leaving bookings models' }).model({
  BookingHandOver: leaving.BookingHandOver,
  BookingHoldings: leaving.BookingHoldings,
  BookingReleaseOf: leaving.BookingReleaseOf,
  Problem,
  Progress: leaving.Progress,
})

const forUsers = { access: { service: ['users'] } } as const

/** The bookings of a leaving user, for the users service only, which knows who may ask. */
export function leavingRoutes({ leaving: { holdings, handOver, release } }: InventoryService) {
  return new Elysia({ prefix: '/api/allocations', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get('/holdings', (c) => holdings(c.query.user_id), {
      ...reads('BookingHoldings', { getBookingHoldings: "Get a user's bookings from now on" }),
      ...forUsers,
      query: t.Object({ user_id: Id }),
    })
    .post('/hand_over', (c) => handOver(c.body), {
      ...answers('Progress', { handOverBookings: 'Give the bookings of a user to another' }, 409),
      ...forUsers,
      body: 'BookingHandOver',
    })
    .post('/release', (c) => release(c.body), {
      ...answers('Progress', { releaseBookingsOf: 'Release the bookings of a user' }),
      ...forUsers,
      body: 'BookingReleaseOf',
    })
}
