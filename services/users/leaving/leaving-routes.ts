import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../../shared/access.ts'
import { answers, reads } from '../../../shared/convention.ts'
import * as leaving from '../../../shared/schemas/leaving.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import type { Incoming } from '../../../shared/origin.ts'
import type { UsersService } from '../service.ts'

const models = new Elysia({ name: 'leaving models' }).model({
  BookingRelease: leaving.BookingRelease,
  HandedOver: leaving.HandedOver,
  HandOver: leaving.HandOver,
  Holdings: leaving.Holdings,
  Problem,
  Progress: leaving.Progress,
})

const params = t.Object({ id: Id })

/** An account's things, and their new owner: `/api/users/{id}/holdings`. */
export function leavingRoutes({ leaving: { holdings, handOver, release }, ...rest }: UsersService) {
  const read = <Body>(c: Incoming & { params: { id: string }; body: Body; caller: Caller }) => ({
    id: c.params.id,
    body: c.body,
    caller: c.caller,
    origin: rest.readOrigin(c),
  })
  return new Elysia({ prefix: '/api/users/:id', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/holdings', (c) => holdings(c.params.id), {
      ...reads(
        'Holdings',
        { getHoldings: ['Get the bookings, files and keys of an account', unknown] },
        404,
      ),
      access: 'self',
      params,
    })
    .post('/hand_over', (c) => handOver(read(c)), {
      ...answers('HandedOver', { handOver: ['Hand bookings and files over', pieces] }, 404, 409),
      access: 'admin',
      params,
      body: 'HandOver',
    })
    .post('/release_bookings', (c) => release(read(c)), {
      ...answers('Progress', { releaseBookings }, 404),
      access: 'self',
      params,
      body: 'BookingRelease',
    })
}

const unknown = 'Null: the service did not respond.'
const left = 'Up to 2,000 at once; repeat while there are `left`.'
const pieces =
  'The colleague becomes `booked_for` of the bookings; the history records who did it. If the ' +
  "colleague's quota is too small, nothing is changed. Holds are included; of a file that both " +
  `have, the colleague's stays. ${left} Safe to retry.`

const releaseBookings = ['Release bookings that are not over', left] as const
