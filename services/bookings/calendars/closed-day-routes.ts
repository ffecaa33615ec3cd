import { Elysia } from 'elysia'
import { access } from '../../../shared/access.ts'
import { answers } from '../../../shared/convention.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const readText = [
  'Convert a holiday calendar to days, for `closed` of a policy',
  'An iCalendar file (RFC 5545) of at most 256 KB: all-day events, once or every year on the ' +
    'same date. Recurring events yield five years from this year on. Nothing is stored; 422 ' +
    'names the faulty line.',
] as const

const content = { 'text/calendar': { schema: { type: 'string' as const } } }

/** Imports holidays: `/api/policies/closed_days`. */
export function closedDayRoutes({ readClosedDays }: BookingsService) {
  const { response, detail } = answers(
    'ClosedDays',
    { readClosedDays: readText },
    400,
    413,
    415,
    422,
  )
  return new Elysia({ prefix: '/api/policies', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .post('/closed_days', ({ request }) => readClosedDays(request), {
      response,
      access: 'admin',
      parse: 'none',
      detail: { ...detail, requestBody: { required: true, content } },
    })
}
