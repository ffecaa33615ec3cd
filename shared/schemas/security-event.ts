import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, text } from './primitive.ts'

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
      description: 'The id of the request in the log, which also has the client address',
    }),
    detail: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  },
  { additionalProperties: false },
)
export type SecurityEvent = Static<typeof SecurityEvent>

const Moment = Type.Integer({ minimum: 0, maximum: 8.64e15, description: 'ms since 1970' })

/** Events of another service, by its own ids: one sent again has the new count. */
export const SecurityReport = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          id: Id,
          at: Moment,
          until: Moment,
          count: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
          kind: Type.String({ pattern: '^[a-z_]{1,40}$', maxLength: 40 }),
          actor: Type.String({
            pattern: '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|anonymous|service:[a-z]{1,40})$',
            maxLength: 60,
          }),
          user_id: Type.Union([Id, Type.Null()]),
          request_id: Type.Union([text(200), Type.Null()]),
          detail: Type.Union([text(1000), Type.Null()], { description: 'A JSON object' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 50 },
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        events: [
          {
            id: '01a1fe45-0000-7000-8000-000000000000',
            at: 1_890_000_000_000,
            until: 1_890_000_000_000,
            count: 1,
            kind: 'forbidden',
            actor: 'anonymous',
            user_id: null,
            request_id: null,
            detail: null,
          },
        ],
      },
    ],
  },
)
export type SecurityReport = Static<typeof SecurityReport>

export const SecurityEventList = Type.Array(SecurityEvent)
