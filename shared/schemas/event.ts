import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Change } from './allocation-history.ts'
import { UnreadCount } from './notification.ts'
import { Id, Instant } from './primitive.ts'

const closed = { additionalProperties: false }
const id = Type.String({ description: 'For `Last-Event-ID`' })

/** The fields of a server-sent event (WHATWG HTML, section 9.2), with `data` as it is parsed. */
function event<Data extends TSchema>(names: readonly string[], data: Data) {
  const name = Type.Union(names.map((each) => Type.Literal(each)))
  return Type.Object({ event: name, id, data }, closed)
}

const resourceKinds = ['created', 'changed', 'decommissioned', 'returned'].map(
  (kind) => `resource.${kind}`,
)
const bookingKinds = ['created', 'moved', 'released'].map((kind) => `allocation.${kind}`)
const changeKinds = ['changed', 'confirmed', 'extended', 'expired'].map(
  (kind) => `allocation.${kind}`,
)

const resource = { resource_type: Type.String(), resource_id: Id, happened: Instant }
const bound = Type.Union([Instant, Type.Null()], { description: 'null: without end' })
const reset = event(['reset'], Type.Object({ detail: Type.String() }, closed))

/** What `/api/allocations/events` sends. */
export const AllocationEvent = Type.Union([
  event(
    bookingKinds,
    Type.Object(
      { ...resource, allocation_id: Id, from_datetime: bound, to_datetime: bound },
      closed,
    ),
  ),
  event(resourceKinds, Type.Object(resource, closed)),
  reset,
])

/** What `/api/changes/events` sends. */
export const ChangeEvent = Type.Union([
  event([...bookingKinds, ...changeKinds, ...resourceKinds], Type.Omit(Change, ['id'], closed)),
  reset,
])

/** What `/api/notifications/events` sends. */
export const UnreadEvent = Type.Object({ event: Type.Literal('unread'), data: UnreadCount }, closed)

/** Opens one stream of events, once. */
export const StreamTicket = Type.Object(
  {
    ticket: Type.String({ description: 'Goes into the parameter `ticket` of the stream' }),
    expires: Instant,
  },
  closed,
)
export type StreamTicket = Static<typeof StreamTicket>
