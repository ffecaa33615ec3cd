import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant } from './primitive.ts'

/** What somebody was told. */
export const Notification = Type.Object(
  {
    id: Id,
    kind: Type.String({ description: 'Such as `booking.approved`' }),
    subject: Type.String({ description: 'The id of what it is about' }),
    data: Type.Record(Type.String(), Type.Unknown(), { description: 'What its text names' }),
    created: Instant,
    read: Type.Union([Instant, Type.Null()]),
  },
  { additionalProperties: false },
)
export type Notification = Static<typeof Notification>

export const NotificationList = Type.Array(Notification)
