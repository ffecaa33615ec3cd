import { Type, type Static } from '@sinclair/typebox'
import { HoldFor, NewAllocation, Span } from './allocation.ts'
import { Id, Instant, text } from './primitive.ts'

const { booked_for, description, reference } = NewAllocation.properties

const Status = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('served'),
  Type.Literal('expired'),
])

const OnFree = Type.Union([Type.Literal('book'), Type.Literal('hold')], {
  description: 'What happens when it is your turn: `book`, or `hold` until you confirm',
})

const Duration = Type.String({
  pattern: '^P(\\d{1,3}D)?(T(\\d{1,4}H)?(\\d{1,5}M)?(\\d{1,7}S)?)?$',
  maxLength: 30,
  description: 'How long, as an ISO 8601 duration of days and smaller',
  examples: ['PT3H'],
})

export const NewWaitlistEntry = Type.Object(
  {
    resource_id: Type.Optional(Id),
    type: Type.Optional(text(50, 1, 'Any resource of this type, such as `Car`')),
    where: Type.Optional(text(500, 0, 'Conditions on its properties: `seats>=5,fuel=diesel`')),
    from_datetime: Type.Optional(Instant),
    to_datetime: Type.Optional(Instant),
    earliest: Type.Optional(Instant),
    latest: Type.Optional(Instant),
    duration: Type.Optional(Duration),
    on_free: Type.Optional(OnFree),
    hold_for: Type.Optional(
      Type.String({ ...HoldFor, description: 'With `on_free: hold`, how long; default PT1H' }),
    ),
    until: Type.Optional(
      Type.String({
        ...Instant,
        description: 'When to stop waiting; by default and at the latest, when it must start',
      }),
    ),
    booked_for,
    description,
    reference,
  },
  {
    additionalProperties: false,
    examples: [
      {
        type: 'Car',
        where: 'seats>=7',
        earliest: '2027-05-03T08:00:00Z',
        latest: '2027-05-03T18:00:00Z',
        duration: 'PT3H',
      },
    ],
  },
)
export type NewWaitlistEntry = Static<typeof NewWaitlistEntry>

export const WaitlistEntry = Type.Object(
  {
    id: Id,
    status: Status,
    position: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Position in the queue of those who want some of the same; 1 is next',
    }),
    resource_type: Type.String(),
    resource_id: Type.Union([Id, Type.Null()], { description: 'null: any of the type' }),
    where: Type.Union([Type.String(), Type.Null()]),
    earliest: Instant,
    latest: Instant,
    duration: Type.String({ description: 'ISO 8601', examples: ['PT3H'] }),
    on_free: OnFree,
    hold_for: Type.Union([Type.String(), Type.Null()]),
    until: Instant,
    description: Type.String(),
    reference: Type.Union([Type.String(), Type.Null()]),
    created: Instant,
    created_by: Type.String(),
    booked_for: Type.String({ description: 'The user it is for; by default its creator' }),
    allocation: Type.Union(
      [
        Type.Object(
          { id: Id, resource_id: Id, ...Span.properties },
          { additionalProperties: false },
        ),
        Type.Null(),
      ],
      {
        description:
          'The resulting booking as it was then; it may have been released or moved since',
      },
    ),
  },
  { additionalProperties: false },
)
export type WaitlistEntry = Static<typeof WaitlistEntry>

export const WaitlistEntryList = Type.Array(WaitlistEntry)
