import { Type, type Static } from '@sinclair/typebox'
import { Id } from './primitive.ts'

const closed = { additionalProperties: false }

/** The most people in a response. */
export const recipientsMax = 500

/** The intended recipients: these users, members of these groups, and administrators. */
export const RecipientLookup = Type.Object(
  {
    ids: Type.Array(Id, { maxItems: recipientsMax }),
    groups: Type.Optional(Type.Array(Id, { maxItems: 200 })),
    administrators: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type RecipientLookup = Static<typeof RecipientLookup>

/** Those of them whose account is in use. */
export const Recipients = Type.Array(
  Type.Object(
    {
      user_id: Id,
      display_name: Type.String(),
      email: Type.Union([Type.String(), Type.Null()], {
        description: 'Null: the owner has not verified it',
      }),
      administrator: Type.Boolean(),
      groups: Type.Array(Id, { description: 'Of the groups that were asked for' }),
    },
    closed,
  ),
  { maxItems: recipientsMax },
)
export type Recipients = Static<typeof Recipients>
export type Recipient = Recipients[number]
