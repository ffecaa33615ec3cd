import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, shownName, text } from './primitive.ts'

/** The most passkeys per account, enforced by the database: see the migrations of users. */
export const passkeysPerUserMax = 20

const bytes = (lengthMax: number) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: lengthMax, description: 'Base64url' })
// The longest legitimate value is an attestation: a few kilobytes with its certificates.
const Bytes = bytes(8000)
// 1023 bytes: WebAuthn section 5.8.3.
const CredentialId = bytes(1364)
const Name = shownName(80, {
  description: 'A name by which its owner recognises it',
  examples: ['Laptop'],
})
const token = Type.String({
  pattern: '^[\\w.-]+$',
  maxLength: 300,
  description: 'From the response with the options; works once, for 5 minutes',
})
// As browsers write them: WebAuthn section 5.1.8. What is optional here is not used.
const credential = {
  id: CredentialId,
  rawId: Type.Optional(CredentialId),
  type: Type.Literal('public-key'),
  authenticatorAttachment: Type.Optional(Type.String({ maxLength: 40 })),
  clientExtensionResults: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { 'x-bytes-max': 1000 }),
  ),
}
const closed = (description: string) => ({ additionalProperties: false, description })

/** A passkey, without its key. */
export const Passkey = Type.Object(
  {
    id: Id,
    name: Type.String(),
    created: Instant,
    last_used: Type.Union([Instant, Type.Null()]),
  },
  { additionalProperties: false },
)
export type Passkey = Static<typeof Passkey>
export const PasskeyList = Type.Array(Passkey)

/** Creation options for the browser: WebAuthn section 5.4, in JSON. */
export const PasskeyCreation = Type.Object(
  {
    token,
    options: Type.Record(Type.String(), Type.Unknown(), {
      description: 'For `navigator.credentials.create()`: `PublicKeyCredentialCreationOptionsJSON`',
    }),
  },
  { additionalProperties: false },
)
export type PasskeyCreation = Static<typeof PasskeyCreation>

/** Request options for an existing passkey: WebAuthn section 5.5. */
export const PasskeyRequest = Type.Object(
  {
    token,
    options: Type.Record(Type.String(), Type.Unknown(), {
      description: 'For `navigator.credentials.get()`: `PublicKeyCredentialRequestOptionsJSON`',
    }),
  },
  { additionalProperties: false },
)
export type PasskeyRequest = Static<typeof PasskeyRequest>

export const NewPasskey = Type.Object(
  {
    token,
    name: Name,
    response: Type.Object(
      {
        ...credential,
        response: Type.Object(
          {
            clientDataJSON: Bytes,
            attestationObject: Bytes,
            transports: Type.Optional(
              Type.Array(Type.String({ pattern: '^[a-z-]+$', maxLength: 30 }), { maxItems: 10 }),
            ),
            authenticatorData: Type.Optional(Bytes),
            publicKey: Type.Optional(Bytes),
            publicKeyAlgorithm: Type.Optional(Type.Integer()),
          },
          { additionalProperties: false },
        ),
      },
      closed('What the browser gave: `RegistrationResponseJSON`'),
    ),
  },
  { additionalProperties: false },
)
export type NewPasskey = Static<typeof NewPasskey>

/** Recovery codes, for a user without a second factor before. */
export const AddedPasskey = Type.Object(
  {
    passkey: Passkey,
    recovery_codes: Type.Array(Type.String(), {
      description: 'With the first second factor; each works once, shown only now',
    }),
  },
  { additionalProperties: false },
)
export type AddedPasskey = Static<typeof AddedPasskey>

export const PasskeyChange = Type.Object(
  { name: Name },
  { additionalProperties: false, examples: [{ name: 'Laptop' }] },
)
export type PasskeyChange = Static<typeof PasskeyChange>

/** For one's own passkeys; administrators need none for those of others. */
export const PasskeyRemoval = Type.Object(
  { current_password: Type.Optional(text(200)) },
  { additionalProperties: false, examples: [{ current_password: 'six green lanterns' }] },
)
export type PasskeyRemoval = Static<typeof PasskeyRemoval>

/** The proof of a passkey. */
export const PasskeyProof = Type.Object(
  {
    token,
    response: Type.Object(
      {
        ...credential,
        response: Type.Object(
          {
            clientDataJSON: Bytes,
            authenticatorData: Bytes,
            signature: Bytes,
            userHandle: Type.Optional(bytes(100)),
          },
          { additionalProperties: false },
        ),
      },
      closed('What the browser gave: `AuthenticationResponseJSON`'),
    ),
  },
  { additionalProperties: false },
)
export type PasskeyProof = Static<typeof PasskeyProof>
