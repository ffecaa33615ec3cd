import { Type, type Static } from '@sinclair/typebox'
import { PasskeyProof } from './passkey.ts'
import { Id, Instant, shownName, text } from './primitive.ts'
import { SecondFactorCode } from './second-factor.ts'

export const ProviderId = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
  maxLength: 40,
  description: 'Letters, digits, hyphens; part of the redirect URI, so it cannot be changed',
  examples: ['acme'],
})
const Name = shownName(40, {
  description: 'The name on the login button: Log in with …',
  examples: ['Acme'],
})
const Issuer = Type.String({
  pattern: '^https?://[^\\s?#@\\\\]+$',
  maxLength: 300,
  description: 'The issuer, without /.well-known; https, or http on localhost',
  examples: ['https://login.acme.example'],
})
const clientIdText = text(300, 1, 'What the provider calls Campus')
const clientSecretText = text(1000, 1, 'Stored encrypted, never shown')
const Scope = Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$', maxLength: 100 })
const Scopes = Type.Array(Scope, {
  maxItems: 20,
  description: 'Requested besides `openid`; default `email` and `profile`',
})
const GroupClaim = Type.Union([text(100, 1), Type.Null()], {
  description: 'The claim that lists groups, such as `groups`; null: none are read',
})
const value = text(300, 1, 'A value of the group claim, compared exactly')
const groupMappingsMax = 200

/** The meaning of a value of the group claim. */
export const GroupMapping = Type.Union([
  Type.Object({ value, group_id: Id }, { additionalProperties: false }),
  Type.Object({ value, role: Type.Literal('admin') }, { additionalProperties: false }),
])
export type GroupMapping = Static<typeof GroupMapping>
const GroupMappings = Type.Array(GroupMapping, {
  maxItems: groupMappingsMax,
  description: 'At each sign-in, membership of these groups and the role follow the claim',
})
const CreatesAccounts = Type.Boolean({
  description: 'Whether it creates accounts, within SIGN_UP: none if that is `closed`',
})
const CurrentPassword = text(200, 0, 'Your current password; not needed to change only the name')
const AsksSecondFactor = Type.Boolean({
  description: 'Whether it verifies a second factor, so that Campus does not',
})

/** A provider of the organisation by which members sign in (OpenID Connect). */
export const IdentityProvider = Type.Object(
  {
    id: ProviderId,
    name: Type.String(),
    issuer: Type.String(),
    client_id: Type.String(),
    scopes: Type.Array(Type.String()),
    group_claim: Type.Union([Type.String(), Type.Null()]),
    group_mappings: Type.Array(GroupMapping),
    creates_accounts: Type.Boolean(),
    asks_second_factor: Type.Boolean(),
    redirect_uri: Type.String({ description: 'To be registered with the provider' }),
    log_out_uri: Type.String({
      description: 'The URI to return to after logout; to be registered with the provider',
    }),
    created: Instant,
  },
  { additionalProperties: false },
)
export type IdentityProvider = Static<typeof IdentityProvider>
export const IdentityProviderList = Type.Array(IdentityProvider)

const settings = {
  scopes: Type.Optional(Scopes),
  group_claim: Type.Optional(GroupClaim),
  group_mappings: Type.Optional(GroupMappings),
  creates_accounts: Type.Optional(CreatesAccounts),
  asks_second_factor: Type.Optional(AsksSecondFactor),
  current_password: Type.Optional(CurrentPassword),
}

export const NewIdentityProvider = Type.Object(
  {
    id: ProviderId,
    name: Name,
    issuer: Issuer,
    client_id: clientIdText,
    client_secret: clientSecretText,
    ...settings,
  },
  {
    additionalProperties: false,
    examples: [
      {
        id: 'acme',
        name: 'Acme',
        issuer: 'https://login.acme.example',
        client_id: 'campus',
        client_secret: 'what Acme shows once',
        group_claim: 'groups',
        creates_accounts: true,
        current_password: 'six green lanterns',
      },
    ],
  },
)
export type NewIdentityProvider = Static<typeof NewIdentityProvider>

/** The issuer cannot change, as subjects belong to it. */
export const IdentityProviderChange = Type.Object(
  {
    name: Type.Optional(Name),
    client_id: Type.Optional(clientIdText),
    client_secret: Type.Optional(clientSecretText),
    ...settings,
  },
  { additionalProperties: false, minProperties: 1, examples: [{ name: 'Acme staff' }] },
)
export type IdentityProviderChange = Static<typeof IdentityProviderChange>

/** What the sign-in page needs to know. */
export const SignInProviderList = Type.Array(
  Type.Object({ id: ProviderId, name: Type.String() }, { additionalProperties: false }),
)
export type SignInProviderList = Static<typeof SignInProviderList>

const Flow = Type.String({ pattern: '^[\\w.-]+$', minLength: 1, maxLength: 2000 })

/** A sign-in in progress. */
export const BegunSignIn = Type.Object(
  {
    url: Type.String({ description: 'The URL at which the provider authenticates the user' }),
    flow: Type.String({
      description: 'Keep it in this browser for ten minutes, and send it when the user returns',
    }),
  },
  { additionalProperties: false },
)
export type BegunSignIn = Static<typeof BegunSignIn>

/** The provider's response, its redirect URI, and the state of the sign-in. */
export const SignInCallback = Type.Object(
  {
    provider_id: ProviderId,
    flow: Flow,
    query: Type.String({
      pattern: '^[\\x21-\\x7e]*$',
      maxLength: 4000,
      description: 'Of the redirect URI, as the browser got it: `code=…&state=…`',
    }),
  },
  { additionalProperties: false },
)
export type SignInCallback = Static<typeof SignInCallback>

/** Proof that a user has just signed in again. */
export const FreshSignIn = Type.Object(
  {
    proof: Type.String({
      description: 'Send it as `current_password`, for five minutes',
    }),
    expires: Instant,
  },
  { additionalProperties: false },
)
export type FreshSignIn = Static<typeof FreshSignIn>

/** The second factor of a sign-in that asked for it. */
export const SignInCode = Type.Object(
  {
    flow: Flow,
    code: Type.Optional(SecondFactorCode),
    passkey: Type.Optional(PasskeyProof),
  },
  { additionalProperties: false },
)
export type SignInCode = Static<typeof SignInCode>

/** A provider by which an account's owner signs in. */
export const Identity = Type.Object(
  {
    id: Id,
    provider_id: ProviderId,
    provider_name: Type.String(),
    created: Instant,
    last_used: Instant,
  },
  { additionalProperties: false },
)
export type Identity = Static<typeof Identity>
export const IdentityList = Type.Array(Identity)

export const NewIdentity = Type.Object(
  { provider_id: ProviderId, current_password: text(200) },
  {
    additionalProperties: false,
    examples: [{ provider_id: 'acme', current_password: 'six green lanterns' }],
  },
)
