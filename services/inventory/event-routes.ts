import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { eventStream } from './event-stream.ts'
import type { InventoryEvent, Position } from './events.ts'
import type { InventoryService } from './service.ts'

type Ends = Pick<Context, 'stopping' | 'endOf'>

/** What happens to bookings, as it happens: server-sent events. */
export function eventRoutes({ events }: InventoryService, { stopping, endOf }: Ends) {
  return new Elysia({ tags: ['inventory'], normalize: false }).use(access).get(
    '/api/allocations/events',
    ({ query, headers, request }) => {
      const isWanted = (event: InventoryEvent) =>
        (query.type ?? event.resource_type) === event.resource_type &&
        (query.resource_id ?? event.resource_id) === event.resource_id
      const after = readPosition(headers['last-event-id'])
      return eventStream({
        signal: AbortSignal.any([request.signal, stopping, endOf(request)]),
        subscribe: (send) =>
          events.listen(after, (batch) => {
            for (const event of batch.filter(isWanted)) {
              send({ id: `${event.transaction}-${event.id}`, event: event.kind, data: event.data })
            }
          }),
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
          'Resume with `Last-Event-ID`. Events are kept for a day. ' +
          'The stream ends with the token it was opened with: renew that, and resume.',
        responses: { 200: { description: 'OK', content: { 'text/event-stream': {} } } },
      },
    },
  )
}

function readPosition(header: string | undefined): Position | undefined {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(header ?? '')
  return match ? { transaction: Number(match[1]), id: Number(match[2]) } : undefined
}
