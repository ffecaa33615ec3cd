import { toServiceCaller, type Caller } from '../access.ts'
import { looksLikeApiKey } from '../api-key.ts'
import { createApiKeyCallers, type FetchApiKey } from './api-key-callers.ts'
import { createEndedLogins, type FetchEnded, type Verified } from './ended-logins.ts'
import { insideCaller } from './inside.ts'
import { ProblemError } from '../problem.ts'
import type { ServiceTokens } from './service-token.ts'
import { createAccessVerifier, invalidToken } from './token.ts'
import { createVerifyingKeys, type FetchKeys, type KeptKeys } from './verifying-keys.ts'

/** The header that authenticates a service; the gateway removes it from outside requests. */
export const serviceTokenHeader = 'x-service-token'

export interface AuthenticatorOptions {
  services: ServiceTokens
  clock: () => number
  fetchKeys: FetchKeys
  /** The file with the last known public keys, for a start while users is unavailable. */
  keptKeys?: KeptKeys | undefined
  fetchEnded: FetchEnded
  fetchApiKey: FetchApiKey
}

export interface Authenticator {
  /**
   * The caller of a request: by `Authorization: Bearer` (RFC 6750) with an access token or an API
   * key, else a service of this process, else another service by its token.
   * @throws 401 without a token or with a bad one, 503 when tokens cannot be checked
   */
  authenticate: (request: Request) => Promise<Caller>
  /** The user without waiting; undefined for a token that is not cached. */
  recall: (request: Request) => Caller | undefined
  /** Fetches which logins ended and which keys are valid. To be called every 2 s. */
  refresh: () => Promise<void>
  /** @throws Error while no user token can be verified */
  requireKeys: () => Promise<void>
  /**
   * Aborts, at the next `refresh`, when the login of a request ended or its token is no longer
   * valid: streams must not outlive it. Never for a service, which has no login.
   */
  endOf: (request: Request) => AbortSignal
  /** Authenticates a service of this process to another. */
  signServiceToken: ServiceTokens['sign']
}

// Verifying costs 140 µs, a cache hit 1. Some 700 bytes each.
const rememberedMax = 10_000
// Each service has a token for each that it calls, renewed every 30 s.
const rememberedServicesMax = 1000

/** Identifies callers. One in each process. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { services, clock, fetchKeys, keptKeys, fetchEnded, fetchApiKey } = options
  // Keyed by the header value, so a known token is not even parsed. One cache for each header, so
  // that a credential valid in one is never accepted in the other.
  const users = createMemory(rememberedMax, clock)
  const ours = createMemory(rememberedServicesMax, clock)
  const ended = createEndedLogins(fetchEnded, clock)
  const apiKeys = createApiKeyCallers(fetchApiKey, clock)
  const keys = createVerifyingKeys({ fetchKeys, kept: keptKeys, onRevoked: forgetUsers })
  const verify = createAccessVerifier(keys, clock)

  function forgetUsers(): void {
    users.forgetAll()
    ended.endAll()
  }

  async function verifyUser(authorization: string): Promise<Verified> {
    if (isKey(authorization)) return apiKeys.verify(readKey(authorization))
    const claims = await verify(readBearer(authorization))
    const { sub, role, email, sid, groups = [], gen: generation = 0, exp } = claims
    const caller: Caller = { id: sub, role, email, login: sid, groups }
    return users.remember(authorization, { caller, generation, expires_ms: exp * 1000 })
  }

  async function verifyService(token: string): Promise<Verified> {
    const { caller, expires_ms } = await services.verify(token)
    const verified = { caller: toServiceCaller(caller), generation: 0, expires_ms }
    return ours.remember(token, verified)
  }

  function recall({ headers }: Request): Verified | undefined {
    const authorization = headers.get('authorization') ?? ''
    return users.find(authorization) ?? apiKeys.find(readKey(authorization))
  }

  return {
    authenticate: async (request) => {
      const authorization = request.headers.get('authorization')
      if (authorization !== null) {
        const verified = users.find(authorization) ?? (await verifyUser(authorization))
        if (ended.has(verified)) throw invalidToken()
        return verified.caller
      }
      const caller = insideCaller(request)
      if (caller) return caller
      const token = request.headers.get(serviceTokenHeader)
      if (token === null) throw missingToken()
      return (ours.find(token) ?? (await verifyService(token))).caller
    },
    recall: (request) => recall(request)?.caller,
    refresh: async () => void (await Promise.all([keys.refresh(), ended.refresh()])),
    requireKeys: keys.requireSome,
    endOf: (request) => {
      const verified = recall(request)
      return verified ? ended.endOf(verified, request.signal) : new AbortController().signal
    },
    signServiceToken: services.sign,
  }
}

function createMemory(max: number, clock: () => number) {
  const remembered = new Map<string, Verified>()
  return {
    find: (sent: string): Verified | undefined => {
      const known = remembered.get(sent)
      if (!known || known.expires_ms > clock()) return known
      remembered.delete(sent)
      return undefined
    },
    remember: (sent: string, verified: Verified): Verified => {
      const oldest = remembered.keys().next().value
      if (remembered.size >= max && oldest !== undefined) remembered.delete(oldest)
      remembered.set(sent, verified)
      return verified
    },
    forgetAll: () => remembered.clear(),
  }
}

const scheme = /^Bearer /i

function isKey(authorization: string): boolean {
  return scheme.test(authorization) && looksLikeApiKey(readKey(authorization))
}

function readKey(authorization: string): string {
  return authorization.replace(scheme, '')
}

function readBearer(authorization: string): string {
  const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization) ?? []
  if (token === undefined) throw invalidToken()
  return token
}

function missingToken(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'token_missing',
    detail:
      'Log in with POST /api/login and send Authorization: Bearer <access_token>, or an API key.',
    headers: { 'www-authenticate': 'Bearer' },
  })
}
