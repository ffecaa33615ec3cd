import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { sends } from '../../shared/promise.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { eventStream } from './event-stream.ts'
import type { EventFilter } from './event-text.ts'
import type { InventoryService } from './service.ts'
import { createStreamPlaces } from './stream-places.ts'

type Ends = Pick<Context, 'stopping' | 'endOf'>

interface FollowRequest {
  request: Request
  headers: Record<string, string | undefined>
  query: EventFilter
  caller: Caller
}

const query = t.Object({
  type: t.Optional(text(50, 0, 'Such as `Car`')),
  resource_id: t.Optional(Id),
})

/** Live events of bookings and resources, as server-sent events. */
export function eventRoutes({ events }: InventoryService, { stopping, endOf }: Ends) {
  const takePlace = createStreamPlaces()

  function follow({ query: filter, headers, request, caller }: FollowRequest) {
    const refund = takePlace(caller)
    return eventStream({
      signal: AbortSignal.any([request.signal, stopping, endOf(request)]),
      subscribe: (sink) => events.follow({ filter, lastEventId: headers['last-event-id'], sink }),
      ended: refund,
    })
  }

  return new Elysia({ tags: ['inventory'], normalize: false })
    .use(access)
    .get('/api/allocations/events', (c) => follow(c), {
      ...sendsEvents({ followAllocations: [summary, description] }),
      access: 'member',
      query,
    })
}

const summary = 'Follow allocation.created, .moved, .released, and resource.*'
const description =
  'Resume with `Last-Event-ID`. Events are kept for a day. When some are missing, because they ' +
  'were pruned or a backup was restored, the first event is `reset`: reload everything, then ' +
  'follow. A user may have ten open streams. The stream ends when its access token expires: ' +
  'refresh the token and resume.'

// Server-sent events (WHATWG HTML, section 9.2).
function sendsEvents(operation: Parameters<typeof sends>[1]) {
  const { response, detail } = sends('text/event-stream', operation)
  const lastEventId = {
    description: 'The id of the last event received',
    schema: { type: 'string' },
  }
  return { response, detail: { ...detail, 'x-request-headers': { 'last-event-id': lastEventId } } }
}
