import { hashApiKey, isApiKey } from '../api-key.ts'
import type { Caller } from '../access.ts'
import { ProblemError, unavailable } from '../problem.ts'
import type { ApiKeyOwner } from '../schemas/api-key.ts'
import type { Verified } from './ended-logins.ts'
import { minute_ms } from '../duration.ts'

/** The owner of the key with this hash; undefined: none. @throws Error when users is unavailable */
export type FetchApiKey = (keyHash: string) => Promise<ApiKeyOwner | undefined>

// A revoked key or a changed role takes effect everywhere within 5 s.
const freshFor_ms = 3000
// As long as an access token lives, which would learn as little while users is unavailable.
const goodWithoutUsersFor_ms = 10 * minute_ms
const rememberedMax = 10_000

interface Known extends Verified {
  /** When users last confirmed it, and when it was last asked. */
  confirmed_ms: number
  asked_ms: number
}

/** Finds the owner of an API key: asks users, and caches the response for a few seconds. */
export function createApiKeyCallers(fetchKey: FetchApiKey, clock: () => number) {
  const known = new Map<string, Known>()
  const asking = new Map<string, Promise<Known>>()

  function find(key: string): Known | undefined {
    const entry = known.get(key)
    return entry && entry.expires_ms > clock() ? entry : undefined
  }

  // A clock that steps back must not make an entry fresh again.
  function isWithin(since_ms: number, life_ms: number): boolean {
    const age_ms = clock() - since_ms
    return age_ms >= 0 && age_ms < life_ms
  }

  async function ask(key: string): Promise<Known> {
    const asked_ms = clock()
    const owner = await fetchKey(hashApiKey(key)).catch((cause: unknown) => {
      const entry = find(key)
      if (entry && isWithin(entry.confirmed_ms, goodWithoutUsersFor_ms)) return entry
      throw unavailable('keys_unavailable', 'API keys cannot be checked now. Retry.', cause)
    })
    // While users is unavailable, a key asks now and then, not with every request.
    if (owner && 'caller' in owner) return Object.assign(owner, { asked_ms })
    known.delete(key)
    if (!owner) throw invalidApiKey()
    const caller = toCaller(owner)
    const expires_ms = Date.parse(owner.expires)
    const { generation } = owner
    const entry = { caller, generation, expires_ms, confirmed_ms: asked_ms, asked_ms }
    const oldest = known.keys().next().value
    if (known.size >= rememberedMax && oldest !== undefined) known.delete(oldest)
    known.set(key, entry)
    return entry
  }

  // Concurrent requests with one key share one question.
  function askOnce(key: string): Promise<Known> {
    const asked = asking.get(key) ?? ask(key).finally(() => asking.delete(key))
    asking.set(key, asked)
    return asked
  }

  return {
    /** @throws 401 for an invalid key, 503 when users is unavailable */
    verify: async (key: string): Promise<Verified> => {
      if (!isApiKey(key)) throw invalidApiKey()
      const entry = find(key)
      return entry && isWithin(entry.asked_ms, freshFor_ms) ? entry : askOnce(key)
    },
    /** Without waiting; undefined for a key that is not cached. */
    find,
  }
}

// A member until a route applies the grant, so that code unaware of grants is safe.
function toCaller({ id, user_id, email, role, groups, scopes }: ApiKeyOwner): Caller {
  return { id: user_id, role: 'member', email, login: id, groups, grant: { role, scopes } }
}

/** 401 with the challenge of RFC 6750 section 3. */
function invalidApiKey(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'api_key_invalid',
    detail: 'The API key is unknown, was revoked, or has expired. Create a new one.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
