import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { eventStream } from './event-stream.ts'
import type { InventoryService } from './service.ts'
import { createStreamPlaces } from './stream-places.ts'

type Ends = Pick<Context, 'stopping' | 'endOf'>

/** What happens to bookings, as it happens: server-sent events. */
export function eventRoutes({ events }: InventoryService, { stopping, endOf }: Ends) {
  const takePlace = createStreamPlaces()
  return new Elysia({ tags: ['inventory'], normalize: false }).use(access).get(
    '/api/allocations/events',
    ({ query: filter, headers, request, caller }) => {
      const giveBack = takePlace(caller)
      return eventStream({
        signal: AbortSignal.any([request.signal, stopping, endOf(request)]),
        subscribe: (sink) => events.follow({ filter, lastEventId: headers['last-event-id'], sink }),
        ended: giveBack,
      })
    },
    {
      access: 'member',
      query: t.Object({
        type: t.Optional(text(50, 0, 'Such as `Car`')),
        resource_id: t.Optional(Id),
      }),
      detail: {
        operationId: 'followAllocations',
        summary: 'Server-sent events: allocation.created, .moved, .released, and resource.*',
        description:
          'Resume with `Last-Event-ID`. Events are kept for a day. When some cannot be had, ' +
          'as they are gone or a backup was restored, the first event is `reset`: read ' +
          'everything again, then follow. A user may have ten streams open. ' +
          'The stream ends with the token it was opened with: renew that, and resume.',
        responses: { 200: { description: 'OK', content: { 'text/event-stream': {} } } },
      },
    },
  )
}
