import { Type, type Static } from '@sinclair/typebox'
import { text } from './primitive.ts'

export const SecondFactorCode = Type.String({
  pattern: '^[0-9A-Za-z -]{1,40}$',
  maxLength: 40,
  description: 'Six digits of the authenticator app, or a recovery code',
  examples: ['492039'],
})

/** The second factors of an account. */
export const SecondFactorState = Type.Object(
  {
    on: Type.Boolean({ description: 'Whether an authenticator app is set up' }),
    passkeys: Type.Integer({
      minimum: 0,
      description: 'The number of passkeys; each is a second factor, too',
    }),
    required: Type.Boolean({ description: 'Whether the second factor cannot be turned off here' }),
    recovery_codes_left: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
)
export type SecondFactorState = Static<typeof SecondFactorState>

/** The secret for an authenticator app; shown only until the first code is sent. */
export const SecondFactorSecret = Type.Object(
  {
    secret: Type.String({ description: 'For manual entry; base32' }),
    uri: Type.String({ description: 'The same as `otpauth://`, for a QR code' }),
  },
  { additionalProperties: false },
)
export type SecondFactorSecret = Static<typeof SecondFactorSecret>

export const RecoveryCodes = Type.Object(
  { recovery_codes: Type.Array(Type.String(), { description: 'Each works once; shown only now' }) },
  { additionalProperties: false },
)
export type RecoveryCodes = Static<typeof RecoveryCodes>

export const OwnPassword = Type.Object(
  { current_password: text(200) },
  { additionalProperties: false, examples: [{ current_password: 'six green lanterns' }] },
)

export const CodeConfirmation = Type.Object(
  { code: SecondFactorCode },
  { additionalProperties: false, examples: [{ code: '492039' }] },
)
