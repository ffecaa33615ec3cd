import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import {
  sendCreatedVersion,
  sendPage,
  sendVersioned,
  sendVersionedOnce,
} from '../../shared/answer.ts'
import { readChangeOnce, readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import {
  changes,
  changesOnce,
  createsVersion,
  lists,
  reads,
  readsVersion,
} from '../../shared/convention.ts'
import { BookingState } from '../../shared/schemas/booking.ts'
import { Id, text, windowBound } from '../../shared/schemas/primitive.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import type { BookingsService } from './service.ts'

const ofOwner = { access: 'owner', params: t.Object({ id: Id }) } as const

const createText = [
  'Book resources for a person',
  'Books all items or none; an item with a type books any free resource of it. With `dry_run` ' +
    'nothing is booked: 200 says what would be, refusals are the same. A 409 lists for each ' +
    'item the conflicts, when its resource is next free, and alternatives.',
] as const

const listText = [
  'List bookings by start',
  'Members see their own and those of what they manage; administrators see all. All filters ' +
    'must match.',
] as const

/** Routes of `/api/bookings`. */
export function bookingRoutes(service: BookingsService) {
  const { create, look, list, countPending, get, change, cancel, approve, reject } = service
  return new Elysia({ prefix: '/api/bookings', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, list(c.query, c.caller)), {
      ...lists('BookingList', { listBookings: listText }),
      access: 'member',
      query: t.Object({ ...filterQuery, ...pageQuery }),
    })
    .post(
      '',
      async (c) =>
        c.body.dry_run
          ? c.status(200, await look(c.body, c.caller))
          : sendCreatedVersion(c, create(readCreation(c))),
      {
        ...made,
        access: 'member',
        body: 'NewBooking',
      },
    )
    .get('/audit', () => service.audit(), {
      ...reads('BookingAudit', { auditBookings: auditText }),
      access: 'admin',
    })
    .get('/pending', (c) => countPending(c.caller), {
      ...reads('PendingBookings', { countPendingBookings: pendingText }),
      access: 'member',
    })
    .get('/:id', (c) => sendVersioned(c, get(c.params.id, c.caller)), {
      ...readsVersion('Booking', { getBooking: 'Get a booking' }),
      ...ofOwner,
    })
    .patch('/:id', (c) => sendVersionedOnce(c, change(c.params.id, readChangeOnce(c))), {
      ...changesOnce('Booking', { changeBooking: changeText }, refusals),
      ...ofOwner,
      body: 'BookingChange',
    })
    .post('/:id/approve', (c) => sendVersioned(c, approve(c.params.id, readChange(c))), {
      ...changes('Booking', { approveBooking: approveText }, 403, 409),
      ...ofOwner,
    })
    .post('/:id/reject', (c) => sendVersioned(c, reject(c.params.id, readChange(c))), {
      ...changes('Booking', { rejectBooking }, 403, 409),
      ...ofOwner,
      body: 'BookingDecision',
    })
    .post('/:id/cancel', (c) => sendVersioned(c, cancel(c.params.id, readChange(c))), {
      ...changes('Booking', { cancelBooking }, 403, 409, { 422: 'PolicyProblem' }),
      ...ofOwner,
      body: 'BookingCancellation',
    })
}

const auditText = [
  'Audit the bookings: every count but their number must be 0',
  'Compares all bookings with the inventory and with the rules they were booked by.',
] as const

const pendingText = 'Count the requests that await your decision'

const approveText = [
  'Approve a request',
  'For managers of all its resources. Only the first decision counts: 409 `already_decided`.',
] as const

const changeText = [
  'Move, resize or rename a booking, swap its resources, or give it to another person',
  'All or nothing: if the new time is not free, the booking stays as it is. It is given by those ' +
    'who may book for others, and draws on the quotas of the new person.',
] as const

const refusals = { 403: 'PolicyProblem', 409: 'BundleProblem', 422: 'PolicyProblem' } as const
const creating = createsVersion('Booking', { createBooking: createText }, refusals)
const made = { ...creating, response: { ...creating.response, 200: 'BookingOutlook' } } as const

const filterQuery = {
  mine: t.Optional(t.Literal('true', { description: 'Only bookings for you' })),
  pending: t.Optional(t.Literal('true', { description: 'Only requests to be decided' })),
  person: t.Optional(text(50, 1, 'A user id: what is for this user')),
  resource: t.Optional(Id),
  from: t.Optional(windowBound('Ends after this time')),
  to: t.Optional(windowBound('Begins before this time')),
  state: t.Optional(BookingState),
  q: t.Optional(text(100, 1, 'Text in the number or the title')),
}

const rejectBooking = 'Reject a request; its time is free again'
const cancelBooking = 'Cancel a booking; its time is free again'
