import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../../shared/access.ts'
import { sendCreatedAt, sendNothing, sendVersioned } from '../../../shared/answer.ts'
import type { Incoming } from '../../../shared/origin.ts'
import { createsAnew, does, reads, readsVersion } from '../../../shared/convention.ts'
import type { CreatedDisplay } from '../../../shared/schemas/display.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const createText = [
  'Create a display for a wall or a windscreen',
  'A page that shows anyone with its address what is free, until when the rest is taken, and ' +
    'what is next. For administrators and managers of its subject. Once its creator leaves or ' +
    'loses the rights, it shows neither names nor hidden resources. At most 200 in total.',
] as const

const nowText = [
  'Read what a display shows now',
  'Needs no login, only the secret address. Responses are cached for three seconds.',
] as const

/** Screens that show what is free: `/api/displays`; the page is at `/display/{address}`. */
export function displayRoutes({ displays, readOrigin }: BookingsService) {
  const ask = (c: Incoming & { caller: Caller }) => ({ caller: c.caller, origin: readOrigin(c) })
  return new Elysia({ prefix: '/api/displays', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => displays.list(c.caller), {
      ...reads('DisplayList', { listDisplays: ['List displays', whose] }),
      access: 'member',
    })
    .post('', (c) => sendDisplay(c, displays.create(c.body, ask(c))), {
      ...createsAnew('CreatedDisplay', { createDisplay: createText }, 403, 404, 409),
      access: 'member',
      body: 'NewDisplay',
    })
    .delete('/:id', (c) => sendNothing(c, displays.revoke(c.params.id, ask(c))), {
      ...does(
        { revokeDisplay: ['Revoke a display', 'Its address returns 404 within seconds.'] },
        404,
      ),
      access: 'member',
      params: t.Object({ id: Id }),
    })
    .get('/now/:address', (c) => sendVersioned(c, unversioned(displays.read(c.params.address))), {
      ...readsVersion('DisplayNow', { readDisplay: nowText }),
      access: 'public',
      params: t.Object({ address: t.String({ maxLength: 100 }) }),
    })
}

const whose =
  'Your own; administrators see all. `withheld_since`: since when it shows less than chosen, ' +
  'as its creator lost the rights; create another one, or restore them.'

function sendDisplay(
  answer: Parameters<typeof sendCreatedAt>[0],
  made: Promise<CreatedDisplay>,
): Promise<CreatedDisplay> {
  const created = made.then((value) => ({ value, replayed: false }))
  return sendCreatedAt(answer, created, ({ url }) => url)
}

// The response has no version but its content.
async function unversioned<T>(read: Promise<T>): Promise<{ value: T; version: number }> {
  return { value: await read, version: 1 }
}
