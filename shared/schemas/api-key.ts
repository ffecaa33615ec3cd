import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, text } from './primitive.ts'

const Scope = Type.String({
  pattern: '^([a-z]{1,30}:)?(read|book|manage)$',
  maxLength: 40,
  description:
    '`read`: read; `book`: also change what members may change; `manage`: everything its owner ' +
    'may do. For all services, or for one: `inventory:book`',
  examples: ['inventory:book'],
})

const key = {
  id: Id,
  name: Type.String(),
  scopes: Type.Array(Scope),
  created: Instant,
  expires: Instant,
  last_used: Type.Union([Instant, Type.Null()], { description: 'Accurate to a minute or two' }),
}

/** An API key, without the key itself. */
export const ApiKey = Type.Object(key, { additionalProperties: false })
export type ApiKey = Static<typeof ApiKey>

export const ApiKeyList = Type.Array(ApiKey)

/** The only response with the key itself. */
export const CreatedApiKey = Type.Object(
  { ...key, key: Type.String({ description: 'Shown only now' }) },
  { additionalProperties: false },
)
export type CreatedApiKey = Static<typeof CreatedApiKey>

export const NewApiKey = Type.Object(
  {
    name: text(100, 1, 'What it is for'),
    scopes: Type.Array(Scope, { minItems: 1, maxItems: 30 }),
    expires: Type.Optional({
      ...Instant,
      description: 'At most a year from now; default: in 90 days',
    } as typeof Instant),
  },
  {
    additionalProperties: false,
    examples: [{ name: 'Import from the ERP', scopes: ['inventory:book', 'books:read'] }],
  },
)
export type NewApiKey = Static<typeof NewApiKey>

/** The request of a service: the hash of a key. */
export const ApiKeyHash = Type.Object(
  { key_hash: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', maxLength: 43 }) },
  { additionalProperties: false, examples: [{ key_hash: 'x'.repeat(43) }] },
)

/** The owner of a key, and its grant. */
export const ApiKeyOwner = Type.Object(
  {
    id: Id,
    user_id: Id,
    role: Type.Union([Type.Literal('member'), Type.Literal('admin')]),
    email: Type.String(),
    groups: Type.Array(Id),
    generation: Type.Integer(),
    scopes: Type.Array(Scope),
    expires: Instant,
  },
  { additionalProperties: false },
)
export type ApiKeyOwner = Static<typeof ApiKeyOwner>
