import { Type, type Static } from '@sinclair/typebox'
import { LinkToken } from './invitation.ts'
import { Instant, text } from './primitive.ts'
import { Email, Password } from './user.ts'

/** A new password, by a link. */
export const NewPassword = Type.Object(
  { token: LinkToken, password: Password },
  { additionalProperties: false },
)
export type NewPassword = Static<typeof NewPassword>

/** For the browser to log in with afterwards. */
export const PasswordSet = Type.Object(
  {
    username: Type.String(),
    device_token: Type.String({ description: 'Send it as `device_token` of the next login' }),
  },
  { additionalProperties: false },
)
export type PasswordSet = Static<typeof PasswordSet>

/** A link that an administrator hands over. */
export const PasswordLink = Type.Object(
  { link: Type.String(), expires: Instant },
  { additionalProperties: false },
)
export type PasswordLink = Static<typeof PasswordLink>

export const AddressChange = Type.Object(
  { email: Email, current_password: Type.Optional(text(200)) },
  { additionalProperties: false, examples: [{ email: 'admin@example.org' }] },
)
export type AddressChange = Static<typeof AddressChange>

export const AddressConfirmation = Type.Object(
  { token: LinkToken },
  { additionalProperties: false },
)
export type AddressConfirmation = Static<typeof AddressConfirmation>
