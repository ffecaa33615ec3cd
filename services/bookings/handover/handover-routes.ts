import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { sendPage, sendVersioned, sendVersionedOnce } from '../../../shared/answer.ts'
import { readChangeOnce } from '../../../shared/idempotency.ts'
import { pageQuery } from '../../../shared/page.ts'
import { changes, changesOnce, lists, reads, readsVersion } from '../../../shared/convention.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { readChange } from '../../../shared/version.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const ofOwner = { access: 'owner', params: t.Object({ id: Id }) } as const

const checkOutText = [
  'Check out a booking when it is picked up',
  'Until its end or `check_in_by`. Before its start it is a move of the start to now: the rules ' +
    'must allow it, and the time until then must be free. Records that the policy requires must ' +
    'be given. 409 `still_out` while somebody else has it.',
] as const

const earlyRefusals = {
  403: 'PolicyProblem',
  409: 'BundleProblem',
  422: 'PolicyProblem',
} as const

const returnText = [
  'Return a booking when it is brought back',
  'The rest of its time is free at once, and goes to the first on the waiting list.',
] as const

const extendText = [
  'Extend a booking',
  'The time must be free and the rules must allow it. Also while it is checked out or late.',
] as const

const listText = [
  'List who had what, newest first',
  'Members see handovers of their own bookings and of what they manage; administrators see all.',
] as const

const correctText = [
  'Correct what was recorded at a handover',
  'For managers of the resource. The former values and the reason are kept; an odometer ' +
    'still never falls.',
] as const

const correctionsText = 'List the corrections of a handover, newest first'

const photosText = [
  'Get links to the photos of a handover',
  'The links work without a token for 15 minutes.',
] as const

/** Handovers of resources: on `/api/bookings/{id}`, and their history at `/api/handovers`. */
export function handoverRoutes({ handover }: BookingsService) {
  const { checkOut, bringBack, extend, list, get, correct, listCorrections, listPhotos } = handover
  return new Elysia({ tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '/api/bookings/:id/check_out',
      (c) => sendVersionedOnce(c, checkOut(c.params.id, readChangeOnce(c))),
      {
        ...changesOnce('Booking', { checkOutBooking: checkOutText }, earlyRefusals),
        ...ofOwner,
        body: 'NewHandover',
      },
    )
    .post(
      '/api/bookings/:id/return',
      (c) => sendVersionedOnce(c, bringBack(c.params.id, readChangeOnce(c))),
      {
        ...changesOnce('Booking', { returnBooking: returnText }, 403, 409),
        ...ofOwner,
        body: 'NewHandover',
      },
    )
    .post(
      '/api/bookings/:id/extend',
      (c) => sendVersionedOnce(c, extend(c.params.id, readChangeOnce(c))),
      {
        ...changesOnce('Booking', { extendBooking: extendText }, 403, { 409: 'BundleProblem' }),
        ...ofOwner,
        body: 'BookingExtension',
      },
    )
    .get('/api/handovers', (c) => sendPage(c, list(c.query, c.caller)), {
      ...lists('HandoverList', { listHandovers: listText }),
      access: 'member',
      query: t.Object({
        resource_id: t.Optional(Id),
        booking_id: t.Optional(Id),
        out: t.Optional(t.Literal('true', { description: 'Only those not yet returned' })),
        damaged: t.Optional(
          t.Union([t.Literal('true'), t.Literal('still')], {
            description: 'Only those returned damaged; `still`: and not recorded as good since',
          }),
        ),
        ...pageQuery,
      }),
    })
    .get('/api/handovers/:id', (c) => sendVersioned(c, get(c.params.id, c.caller)), {
      ...readsVersion('Handover', {
        getHandover: 'Get a handover: who had a resource, and what was recorded',
      }),
      ...ofOwner,
    })
    .patch('/api/handovers/:id', (c) => sendVersioned(c, correct(c.params.id, readChange(c))), {
      ...changes('Handover', { correctHandover: correctText }, 403, 409),
      ...ofOwner,
      body: 'HandoverCorrection',
    })
    .get('/api/handovers/:id/corrections', (c) => listCorrections(c.params.id, c.caller), {
      ...reads('CorrectionList', { listCorrections: correctionsText }, 403, 404),
      ...ofOwner,
    })
    .get('/api/handovers/:id/photos', (c) => listPhotos(c.params.id, c.caller), {
      ...reads('HandoverPhotos', { listHandoverPhotos: photosText }, 403, 404),
      ...ofOwner,
    })
}
