import { Type, type Static } from '@sinclair/typebox'
import { groupsPerUserMax } from './group.ts'
import { Id, Instant } from './primitive.ts'
import { DisplayName, Email, Password, Role, Username } from './user.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])

/** The fragment of a link. */
export const LinkToken = Type.String({
  pattern: '^[\\w.-]+$',
  minLength: 1,
  maxLength: 200,
  description: 'The part of the link after #',
})

const invitation = {
  id: Id,
  email: nullable(Type.String()),
  role: Role,
  groups: Type.Array(Id, { description: 'Groups that the invited user joins' }),
  invited_by: Type.Union([Type.String(), Type.Null()], {
    description: 'The name; null: the operator, or the invited user',
  }),
  created: Instant,
  expires: Instant,
  mailed: Type.Boolean({
    description: 'Whether its link was sent to `email`, which using it verifies',
  }),
}

/** An invitation that is pending. */
export const Invitation = Type.Object(invitation, { additionalProperties: false })
export type Invitation = Static<typeof Invitation>
export const InvitationList = Type.Array(Invitation)

/** The response to its creator. */
export const MadeInvitation = Type.Object(
  {
    ...invitation,
    link: Type.Union([Type.String(), Type.Null()], {
      description:
        'The link to pass on; null when it was mailed, as opening the mail verifies the address, ' +
        'and to a retry once it no longer works. In development, without `SMTP_URL`, no mail ' +
        'arrives.',
    }),
  },
  { additionalProperties: false },
)
export type MadeInvitation = Static<typeof MadeInvitation>

export const NewInvitation = Type.Object(
  {
    email: Type.Optional(Email),
    role: Type.Optional(Role),
    groups: Type.Optional(
      Type.Array(Id, {
        uniqueItems: true,
        maxItems: groupsPerUserMax,
        description: 'Groups that the invited user joins; one removed by then is skipped',
      }),
    ),
    expires_in_days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 30, description: 'Days; default 7' }),
    ),
  },
  { additionalProperties: false, examples: [{ role: 'member', expires_in_days: 14 }] },
)
export type NewInvitation = Static<typeof NewInvitation>

export const InvitationToken = Type.Object({ token: LinkToken }, { additionalProperties: false })
export type InvitationToken = Static<typeof InvitationToken>

/** What the invited see before they accept. */
export const OpenInvitation = Type.Object(
  {
    email: nullable(Type.String()),
    role: Role,
    invited_by: nullable(Type.String()),
    expires: Instant,
  },
  { additionalProperties: false },
)
export type OpenInvitation = Static<typeof OpenInvitation>

export const InvitationAcceptance = Type.Object(
  {
    token: LinkToken,
    username: Username,
    display_name: Type.Optional(DisplayName),
    email: Type.Optional(Email),
    password: Password,
  },
  {
    additionalProperties: false,
    description: '`email` is needed unless the invitation has one',
  },
)
export type InvitationAcceptance = Static<typeof InvitationAcceptance>

/** Where a link is to be sent. */
export const MailAddress = Type.Object(
  { email: Email },
  { additionalProperties: false, examples: [{ email: 'mara@example.org' }] },
)
export type MailAddress = Static<typeof MailAddress>
