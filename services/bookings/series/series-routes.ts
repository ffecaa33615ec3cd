import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import {
  sendCreatedVersion,
  sendCreatedVersionAt,
  sendVersioned,
  sendVersionedOnce,
} from '../../../shared/answer.ts'
import { readChangeOnce, readCreation } from '../../../shared/idempotency.ts'
import { changes, changesOnce, createsVersion, readsVersion } from '../../../shared/convention.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { readChange } from '../../../shared/version.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const ofOwner = { access: 'owner', params: t.Object({ id: Id }) } as const

const createText = [
  'Book a series',
  'Each day is a booking, and judged as one; quotas count all of them. With ' +
    '`on_conflict: fail` all are booked or none; with `dry_run` none is, and 200 says for each ' +
    'day what would happen.',
] as const

const decideText = [
  'Approve or reject all requests of a series',
  'In one commit; with `If-Match`, only if the series has not changed since it was read.',
] as const

const cancelText = [
  'Cancel one booking of a series, this and following, or all',
  'Past bookings stay as they are. If it is too late to cancel one, none is cancelled.',
] as const

const changeText = [
  'Change one booking of a series, this and following, or all',
  'Each day keeps its date, and is judged as a change of one booking. With `on_conflict: fail` ' +
    'all are changed or none. Bookings that have begun stay as they are, and those ' +
    'moved individually keep their time. The response lists the days, as with `dry_run`.',
] as const

const refusals = {
  403: 'BookingSeriesPolicyProblem',
  409: 'BookingSeriesProblem',
  422: 'BookingSeriesPolicyProblem',
} as const
const creating = createsVersion('BookingSeries', { createBookingSeries: createText }, refusals)
const made = {
  ...creating,
  response: { ...creating.response, 200: 'BookingSeriesOutlook' },
} as const

/** Recurring bookings: `/api/bookings/series`. */
export function seriesRoutes({ series }: BookingsService) {
  return new Elysia({ prefix: '/api/bookings/series', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '',
      async (c) =>
        c.body.dry_run
          ? c.status(200, await series.lookSeries(c.body, c.caller))
          : sendCreatedVersion(c, series.createSeries(readCreation(c))),
      { ...made, access: 'member', body: 'NewBookingSeries' },
    )
    .get('/:id', (c) => sendVersioned(c, series.get(c.params.id, c.caller)), {
      ...readsVersion('BookingSeries', { getBookingSeries: 'Get a series, day by day' }),
      ...ofOwner,
    })
    .patch('/:id', (c) => sendVersionedOnce(c, series.change(c.params.id, readChangeOnce(c))), {
      ...changesOnce('BookingSeriesOutlook', { changeBookingSeries: changeText }, refusals),
      ...ofOwner,
      body: 'BookingSeriesChange',
    })
    .post(
      '/:id/decide',
      (c) => sendVersionedOnce(c, series.decide(c.params.id, readChangeOnce(c))),
      {
        ...changesOnce('Progress', { decideBookingSeries: decideText }, 403),
        ...ofOwner,
        body: 'BookingSeriesDecision',
      },
    )
    .post('/:id/cancel', (c) => sendVersioned(c, series.cancel(c.params.id, readChange(c))), {
      ...changes('BookingSeries', { cancelBookingSeries: cancelText }, 409, {
        422: 'PolicyProblem',
      }),
      ...ofOwner,
      body: 'BookingSeriesCancellation',
    })
    .post(
      '/:id/occurrences',
      (c) =>
        sendCreatedVersionAt(
          c,
          series.createOccurrence(c.params.id, readCreation(c)),
          ({ id }) => `/api/bookings/${id}`,
        ),
      {
        ...createsVersion(
          'Booking',
          { createOccurrence: 'Book a skipped day of a series' },
          404,
          refusals,
        ),
        ...ofOwner,
        body: 'NewOccurrence',
      },
    )
}
