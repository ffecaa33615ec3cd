import { hash } from 'node:crypto'
import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../../shared/access.ts'
import { createdHeaders, sendCreatedAt, sendNothing, toAttachment } from '../../../shared/answer.ts'
import type { Incoming } from '../../../shared/origin.ts'
import { does, reads, sends, sendsFile } from '../../../shared/convention.ts'
import type { CreatedCalendar } from '../../../shared/schemas/calendar.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { isKnown } from '../../../shared/version.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const type = 'text/calendar; charset=utf-8'

const createText = [
  'Create a calendar feed for other programs',
  'Of your bookings, or of all bookings of a resource or a type. Anyone with its address sees ' +
    'what you can see at the time. At most 20 per user.',
] as const

const feedText = [
  'Read a calendar by its secret address',
  'iCalendar (RFC 5545): 31 days back, 334 ahead, at most 1,000 bookings. Bookings ' +
    'cancelled in the last 30 days are marked as cancelled.',
] as const

/** Calendar feeds: `/api/calendars`. */
export function calendarRoutes({ calendars, feeds, readOrigin }: BookingsService) {
  const ask = (c: Incoming & { caller: Caller }) => ({ caller: c.caller, origin: readOrigin(c) })
  return new Elysia({ prefix: '/api/calendars', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => calendars.list(c.caller, c.query.user_id), {
      ...reads('CalendarList', { listCalendars: ['List your calendars', whose] }, 403),
      access: 'member',
      query: t.Object({ user_id: t.Optional(Id) }),
    })
    .post('', (c) => sendCalendar(c, calendars.create(c.body, ask(c))), {
      access: 'member',
      body: 'NewCalendar',
      response: { 201: 'CreatedCalendar', 403: 'Problem', 404: 'Problem', 409: 'Problem' },
      detail: {
        operationId: 'createCalendar',
        summary: createText[0],
        description: createText[1],
        responses: { 201: { description: 'Created', headers: { location } } },
      },
    })
    .delete('/:id', (c) => sendNothing(c, calendars.revoke(c.params.id, ask(c))), {
      ...does({ revokeCalendar: ['Revoke a calendar', 'Its address returns 404 at once.'] }, 404),
      access: 'member',
      params: t.Object({ id: Id }),
    })
    .get('/feeds/:address/campus.ics', (c) => sendFeed(c.request, feeds.read(c.params.address)), {
      ...feed({ readCalendar: feedText }),
      access: 'public',
      params: t.Object({ address: t.String({ maxLength: 100 }) }),
    })
}

/** One booking as a file: `/api/bookings/{id}/ics`. */
export function bookingFileRoutes({ feeds }: BookingsService) {
  return new Elysia({ prefix: '/api/bookings', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('/:id/ics', async (c) => toFile(await feeds.writeBooking(c.params.id, c.caller)), {
      ...sendsFile(
        'text/calendar',
        { exportBooking: 'Get a booking as an iCalendar file' },
        403,
        404,
      ),
      access: 'owner',
      params: t.Object({ id: Id }),
    })
}

const { location } = createdHeaders

const whose = "`user_id`: another user's, for administrators."

const etag = {
  description: 'For `If-None-Match`: 304 while nothing has changed',
  schema: { type: 'string' },
} as const

function feed(operation: Parameters<typeof sends>[1]) {
  const { response, detail } = sends('text/calendar', operation, 404)
  const { 200: ok } = detail.responses
  return {
    response,
    detail: {
      ...detail,
      'x-request-headers': { 'if-none-match': { ...etag, description: 'The `ETag` it had' } },
      responses: {
        200: { ...ok, headers: { etag } },
        304: { description: 'Not changed', headers: { etag } },
      },
    },
  }
}

function sendCalendar(
  answer: Parameters<typeof sendCreatedAt>[0],
  made: Promise<CreatedCalendar>,
): Promise<CreatedCalendar> {
  const created = made.then((value) => ({ value, replayed: false }))
  return sendCreatedAt(answer, created, ({ url }) => url)
}

async function sendFeed({ headers }: Request, text: Promise<string>): Promise<Response> {
  const body = await text
  const tag = `"${hash('sha256', body, 'base64url')}"`
  const own = { etag: tag, 'cache-control': 'private, no-cache', 'content-type': type }
  if (isKnown(headers.get('if-none-match'), tag)) {
    return new Response(null, { status: 304, headers: own })
  }
  return new Response(body, { headers: own })
}

function toFile(text: string): Response {
  return new Response(text, {
    headers: { 'content-type': type, ...toAttachment('booking.ics') },
  })
}
