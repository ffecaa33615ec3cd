import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant } from './primitive.ts'

/** Something an auditor may ask about. */
export const SecurityEvent = Type.Object(
  {
    id: Id,
    at: Instant,
    until: { ...Instant, description: 'The last time, where it happened several times' },
    count: Type.Integer({ minimum: 1, description: 'How often, within a minute' }),
    kind: Type.String({ examples: ['login_failed'] }),
    actor: Type.String({ description: "A user's id, `service:<name>`, `anonymous` or `system`" }),
    user_id: Type.Union([Id, Type.Null()], { description: 'Whose account it is about' }),
    request_id: Type.Union([Type.String(), Type.Null()], {
      description: 'By which the log knows it, and the address it came from',
    }),
    detail: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  },
  { additionalProperties: false },
)
export type SecurityEvent = Static<typeof SecurityEvent>

export const SecurityEventList = Type.Array(SecurityEvent)
