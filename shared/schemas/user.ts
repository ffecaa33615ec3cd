import { Type, type Static } from '@sinclair/typebox'
import { PasskeyProof } from './passkey.ts'
import { Id, Instant, shownName, text } from './primitive.ts'
import { SecondFactorCode } from './second-factor.ts'

export const Username = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,49}$',
  maxLength: 50,
  description: '2 to 50 letters, digits, dots, hyphens, underscores; case is kept but not compared',
  examples: ['anna'],
})
// In an address only within quotes, which nobody has: RFC 5321 section 4.1.2.
const special = '\\s@\\x00-\\x1f"(),:;<>\\[\\\\\\]'

export const Email = Type.String({
  // Labels between dots, so that no part of it can be matched in two ways.
  pattern: `^[^${special}]{1,64}@[^.${special}]+(\\.[^.${special}]+)+$`,
  maxLength: 254,
  description: 'An e-mail address: anna@example.org, without a name or brackets around it',
  examples: ['anna@example.org'],
})
export const DisplayName = shownName(80, {
  description:
    'The name shown to others; need not be unique. By default the part of the address before the @',
  examples: ['Anna Berg'],
})
/** NIST SP 800-63B section 5.1.1: length, and no composition rules. */
export const Password = Type.String({
  minLength: 10,
  maxLength: 200,
  description: 'At least 10 characters',
  examples: ['correct horse battery staple'],
})
export const Role = Type.Union([Type.Literal('member'), Type.Literal('admin')])
export type Role = Static<typeof Role>

/** An account. */
export const User = Type.Object(
  {
    id: Id,
    username: Username,
    display_name: Type.String(),
    email: Type.String(),
    email_verified: Type.Boolean({ description: 'Whether the owner has verified the address' }),
    role: Role,
    disabled: Type.Boolean({ description: 'Whether the account is disabled' }),
    created: Instant,
  },
  { additionalProperties: false },
)
export type User = Static<typeof User>

export const UserList = Type.Array(User)

export const NewUser = Type.Object(
  {
    username: Username,
    email: Email,
    password: Password,
    display_name: Type.Optional(DisplayName),
  },
  {
    additionalProperties: false,
    examples: [{ username: 'mara', email: 'mara@example.org', password: 'six green lanterns' }],
  },
)
export type NewUser = Static<typeof NewUser>

/** How strangers get an account. */
export const SignUp = Type.Object(
  {
    open: Type.Boolean({ description: 'Whether anyone may create an account' }),
    mode: Type.Union([
      Type.Literal('open'),
      Type.Literal('invited'),
      Type.Literal('domain'),
      Type.Literal('closed'),
    ]),
    domains: Type.Array(Type.String(), {
      description: 'The domains whose addresses get a link, with `domain`',
    }),
    mail: Type.Boolean({
      description: 'Whether mail can be sent, such as links to set a new password',
    }),
    passkeys: Type.Union([Type.String(), Type.Null()], {
      description: 'The one origin whose pages can use passkeys. Null: there is none',
    }),
  },
  { additionalProperties: false },
)
export type SignUp = Static<typeof SignUp>

export const UserChange = Type.Object(
  {
    username: Type.Optional(Username),
    display_name: Type.Optional(DisplayName),
    email: Type.Optional(Email),
    password: Type.Optional(Password),
    current_password: Type.Optional(text(200)),
    role: Type.Optional(Role),
    disabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ email: 'mara.k@example.org' }] },
)
export type UserChange = Static<typeof UserChange>

/** Required to remove one's own account. */
export const AccountRemoval = Type.Object(
  { current_password: Type.Optional(text(200)) },
  { additionalProperties: false, examples: [{ current_password: 'six green lanterns' }] },
)

const DeviceToken = Type.String({
  pattern: '^[\\w.-]*$',
  maxLength: 200,
  description: 'From an earlier login on this device: failures of others do not count against it',
})

/** `username` may be the email address. */
export const Credentials = Type.Object(
  {
    username: text(254, 1),
    password: text(200),
    device_token: Type.Optional(DeviceToken),
    code: Type.Optional(SecondFactorCode),
    passkey: Type.Optional(PasskeyProof),
  },
  {
    additionalProperties: false,
    examples: [{ username: 'mara', password: 'six green lanterns' }],
  },
)
export type Credentials = Static<typeof Credentials>

/** A passkey, which identifies its owner by itself. */
export const PasskeyLogin = Type.Object(
  { ...PasskeyProof.properties, device_token: Type.Optional(DeviceToken) },
  { additionalProperties: false },
)
export type PasskeyLogin = Static<typeof PasskeyLogin>

/** The response to a login (RFC 6749 section 5.1). */
export const Tokens = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds until the access token expires' }),
    refresh_token: Type.String({ description: 'Works once; returns the next one' }),
    device_token: Type.Optional(
      Type.String({
        description: 'Only in the response to a login. Keep it, and send it with the next login',
      }),
    ),
    recovery_codes: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Only in the response to the login that turned the second factor on. Shown only now',
      }),
    ),
    log_out_url: Type.Optional(
      Type.String({
        description: 'Only after a login by a provider: where the browser logs out there, too',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Tokens = Static<typeof Tokens>

export const RefreshToken = Type.Object(
  { refresh_token: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
)
export type RefreshToken = Static<typeof RefreshToken>

/** Public keys (RFC 7517 section 5). */
export const KeySet = Type.Object(
  {
    keys: Type.Array(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
)
export type KeySet = Static<typeof KeySet>

export const SigningKey = Type.Object({ id: Type.String() }, { additionalProperties: false })

/** Ended logins, for processes that cache tokens. */
export const EndedLogins = Type.Object(
  {
    logins: Type.Array(
      Type.Object(
        { id: Id, token_expires: Instant },
        { description: '`token_expires`: when its last access token expires anyway' },
      ),
    ),
    users: Type.Array(
      Type.Object(
        { id: Id, generation: Type.Integer(), token_expires: Instant },
        { description: 'Access tokens of the user with a lower `generation` have ended' },
      ),
    ),
    settled: Type.Union([Type.String(), Type.Null()], {
      description: 'The position to continue from; null: unchanged',
    }),
    next: Type.Union([Type.String(), Type.Null()], { description: 'Where to get more of them' }),
  },
  { additionalProperties: false },
)
export type EndedLogins = Static<typeof EndedLogins>

/** One of a user's logins. */
export const Login = Type.Object(
  {
    id: Id,
    created: Instant,
    last_used: Instant,
    address: Type.Union([Type.String(), Type.Null()]),
    user_agent: Type.Union([Type.String(), Type.Null()]),
    current: Type.Boolean({ description: 'Whether this request belongs to it' }),
  },
  { additionalProperties: false },
)
export type Login = Static<typeof Login>
export const LoginList = Type.Array(Login)

/** Asks whose these addresses are now. */
export const AddressLookup = Type.Object(
  { emails: Type.Array(Type.String({ maxLength: 255 }), { maxItems: 200 }) },
  { additionalProperties: false },
)
export type AddressLookup = Static<typeof AddressLookup>

/** Those of them that belong to an account. */
export const AddressOwners = Type.Array(
  Type.Object({ email: Type.String(), user_id: Id }, { additionalProperties: false }),
)
export type AddressOwners = Static<typeof AddressOwners>

/** Asks what groups these users are in. */
export const GroupsLookup = Type.Object(
  { ids: Type.Array(Id, { maxItems: 200 }) },
  { additionalProperties: false },
)
export type GroupsLookup = Static<typeof GroupsLookup>

/** Those of them who have an account: who they are, and whether they see all as administrators. */
export const GroupsOfUsers = Type.Array(
  Type.Object(
    {
      user_id: Id,
      display_name: Type.String(),
      administrator: Type.Boolean(),
      disabled: Type.Boolean(),
      groups: Type.Array(Id),
    },
    { additionalProperties: false },
  ),
)
export type GroupsOfUsers = Static<typeof GroupsOfUsers>

/** Accounts that were removed, and where to go on from. */
export const RemovedUsers = Type.Object(
  { user_ids: Type.Array(Id), position: Type.String() },
  { additionalProperties: false },
)
export type RemovedUsers = Static<typeof RemovedUsers>

export const Pong = Type.Object(
  { status: Type.String(), message: Type.String() },
  { additionalProperties: false },
)
