import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, text } from './primitive.ts'

export const NewWithdrawal = Type.Object(
  {
    from_datetime: Instant,
    to_datetime: Type.Optional(Instant),
    where: Type.Optional(
      text(500, 0, 'Conditions on the resources to move to: `seats>=5,fuel=diesel`'),
    ),
    description: Type.Optional(text(100, 0, 'Why: shown where the resource is blocked')),
  },
  {
    additionalProperties: false,
    examples: [
      {
        from_datetime: '2027-06-01T00:00:00Z',
        to_datetime: '2027-06-08T00:00:00Z',
        description: 'Gearbox',
      },
    ],
  },
)
export type NewWithdrawal = Static<typeof NewWithdrawal>

const Move = Type.Object(
  { allocation: Id, to: Type.String({ ...Id, description: 'A resource of the same type' }) },
  { additionalProperties: false },
)

export const WithdrawalPlan = Type.Object(
  {
    plan: Type.String({ description: 'Names this plan: send it as `If-Match` to carry it out' }),
    carried_out: Type.Boolean(),
    moves: Type.Array(Move),
    stranded: Type.Array(Id, {
      description: 'Bookings that have begun, are `maintenance`, or fit nowhere',
    }),
  },
  { additionalProperties: false },
)
export type WithdrawalPlan = Static<typeof WithdrawalPlan>
