import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, shownName } from './primitive.ts'

const Name = shownName(80, {
  description: 'Must be unique; case and accents do not count',
  examples: ['Drivers'],
})
const Role = Type.Union([Type.Literal('member'), Type.Literal('manager')], {
  description: 'A manager is a member who also adds and removes members',
})
export type GroupRole = Static<typeof Role>

/** A group of members. */
export const Group = Type.Object(
  {
    id: Id,
    name: Type.String(),
    created: Instant,
    role: Type.Union([Type.Literal('member'), Type.Literal('manager'), Type.Null()], {
      description: 'Your role in it; null: you are not a member',
    }),
  },
  { additionalProperties: false },
)
export type Group = Static<typeof Group>

export const GroupList = Type.Array(Group)

export const NewGroup = Type.Object(
  { name: Name },
  { additionalProperties: false, examples: [{ name: 'Drivers' }] },
)
export type NewGroup = Static<typeof NewGroup>

export const GroupChange = Type.Object(
  { name: Name },
  { additionalProperties: false, examples: [{ name: 'Drivers, night shift' }] },
)
export type GroupChange = Static<typeof GroupChange>

/** A member of a group. */
export const GroupMember = Type.Object(
  { id: Id, display_name: Type.String(), role: Role },
  { additionalProperties: false },
)
export type GroupMember = Static<typeof GroupMember>

export const GroupMemberList = Type.Array(GroupMember)

export const Membership = Type.Object(
  { role: Type.Optional(Role) },
  { additionalProperties: false, examples: [{ role: 'member' }] },
)
export type Membership = Static<typeof Membership>

/** The most groups of a user: each is in their access tokens. */
export const groupsPerUserMax = 50
