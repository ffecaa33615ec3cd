import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, text } from './primitive.ts'

const Url = text(
  2000,
  1,
  'https, to a public address; the operator can allow private networks, also over http',
)
const Description = text(200, 0, 'What it is for')
const Events = Type.Array(
  Type.String({
    pattern: '^(\\*|[a-z0-9_]{1,40}(\\.[a-z0-9_]{1,40}){0,3}(\\.\\*)?)$',
    maxLength: 170,
    description: '`*` for all events, `booking.*` for all of bookings, or a type',
    examples: ['booking.*'],
  }),
  { minItems: 1, maxItems: 50 },
)
const nullable = <T extends typeof Id | typeof Instant>(schema: T) =>
  Type.Union([schema, Type.Null()])

export const WebhookSecret = Type.Object(
  { id: Id, created: Instant },
  { additionalProperties: false },
)
export type WebhookSecret = Static<typeof WebhookSecret>

const webhook = {
  id: Id,
  url: Type.String(),
  description: Type.String(),
  events: Type.Array(Type.String()),
  state: Type.Union([Type.Literal('enabled'), Type.Literal('paused'), Type.Literal('disabled')], {
    description: '`disabled`: by us, see `reason`',
  }),
  reason: Type.Union([Type.Literal('failing'), Type.Literal('gone'), Type.Null()], {
    description:
      '`failing`: an event was not accepted for a day; `gone`: the receiver returned 410',
  }),
  failing_since: nullable(Instant),
  pending: Type.Integer({ description: 'Events not yet accepted by its receiver' }),
  secrets: Type.Array(WebhookSecret),
  created: Instant,
  created_by: nullable(Id),
}

/** Where events are sent. */
export const Webhook = Type.Object(webhook, { additionalProperties: false })
export type Webhook = Static<typeof Webhook>

export const WebhookList = Type.Array(Webhook)

const secret = Type.String({
  pattern: '^whsec_[A-Za-z0-9+/]{43}=$',
  description: 'Signs the requests; shown only now',
})

/** The one answer that has the secret itself. */
export const CreatedWebhook = Type.Object({ ...webhook, secret }, { additionalProperties: false })
export type CreatedWebhook = Static<typeof CreatedWebhook>

export const CreatedWebhookSecret = Type.Object(
  { id: Id, created: Instant, secret },
  { additionalProperties: false },
)
export type CreatedWebhookSecret = Static<typeof CreatedWebhookSecret>

export const NewWebhook = Type.Object(
  { url: Url, description: Type.Optional(Description), events: Events },
  {
    additionalProperties: false,
    examples: [
      {
        url: 'https://hooks.example.com/campus',
        description: 'The gate at the yard',
        events: ['booking.*'],
      },
    ],
  },
)
export type NewWebhook = Static<typeof NewWebhook>

export const WebhookChange = Type.Object(
  {
    url: Type.Optional(Url),
    description: Type.Optional(Description),
    events: Type.Optional(Events),
    state: Type.Optional(
      Type.Union([Type.Literal('enabled'), Type.Literal('paused')], {
        description: 'What happens while it is not enabled is sent once it is again',
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ events: ['booking.approved'] }] },
)
export type WebhookChange = Static<typeof WebhookChange>

export const WebhookReplay = Type.Object(
  { since: Instant },
  { additionalProperties: false, examples: [{ since: '2027-01-31T09:00:00.000Z' }] },
)
export type WebhookReplay = Static<typeof WebhookReplay>

export const DeliveryState = Type.Union(
  [Type.Literal('pending'), Type.Literal('delivered'), Type.Literal('failed')],
  { description: '`failed`: it is not tried again' },
)

/** One event on its way to one webhook. */
export const WebhookDelivery = Type.Object(
  {
    id: Id,
    message: Type.String({ description: 'The `webhook-id` of its requests' }),
    type: Type.String(),
    subject: Type.String({ description: 'The id of what it is about' }),
    happened: Instant,
    state: DeliveryState,
    attempts: Type.Integer(),
    last_try: nullable(Instant),
    next_try: nullable(Instant),
    status: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Of the response to the last try',
    }),
    fault: Type.Union([Type.String(), Type.Null()], {
      description: 'Why there was no response: `timeout`, `address_not_allowed`, …',
    }),
    duration_ms: Type.Union([Type.Integer(), Type.Null()]),
    response: Type.Union([Type.String(), Type.Null()], {
      description: 'The start of a response other than 2xx',
    }),
  },
  { additionalProperties: false },
)
export type WebhookDelivery = Static<typeof WebhookDelivery>

export const WebhookDeliveryList = Type.Array(WebhookDelivery)
