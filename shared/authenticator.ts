import type { Caller } from './access.ts'
import { ProblemError } from './problem.ts'
import type { Secret } from './secret.ts'
import { createAccessVerifier, createServiceTokens, invalidToken, type FetchKeys } from './token.ts'

/** The header by which a service proves itself; the gateway drops it from outside. */
export const serviceTokenHeader = 'x-service-token'

/** A login that ended, and when. Its access tokens may have minutes to live. */
export interface EndedLogin {
  id: string
  ended_ms: number
}

export interface AuthenticatorOptions {
  secret: Secret
  clock: () => number
  fetchKeys: FetchKeys
  /** The logins that ended since then, in milliseconds since 1970. */
  fetchEnded: (since_ms: number) => Promise<EndedLogin[]>
}

export interface Authenticator {
  /**
   * Who sends a request: by `Authorization: Bearer` (RFC 6750), else by service token.
   * @throws 401 without a token or with a bad one, 503 when tokens cannot be checked
   */
  authenticate: (request: Request) => Promise<Caller>
  /** The same without waiting; undefined for a token that was not verified before. */
  recall: (request: Request) => Caller | undefined
  /** Learns which logins ended meanwhile. To be called every 2 s. */
  refresh: () => Promise<void>
  /** Proves a service of this process to others. */
  signServiceToken: (service: string) => Promise<string>
}

interface Verified {
  caller: Caller
  expires_ms: number
}

// Verifying costs 140 µs, remembering 1. Some 700 bytes each.
const rememberedMax = 10_000
// Commits of two processes may come in another order than their times.
const overlap_ms = 10_000
// Longer than an access token lives.
const forgetAfter_ms = 20 * 60_000
const reloadKeysEvery_ms = 300_000

/** Tells who calls. One in each process. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { secret, clock, fetchKeys, fetchEnded } = options
  const access = createAccessVerifier(fetchKeys, clock)
  const services = createServiceTokens(secret, clock)
  const remembered = new Map<string, Verified>()
  const ended = new Map<string, number>()
  let endedUntil_ms = clock() - forgetAfter_ms
  let keysLoaded_ms = clock()

  // By what was sent, as it was sent: a token that comes again is not even looked at.
  function remember(sent: string, verified: Verified): Caller {
    const oldest = remembered.keys().next().value
    if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
    remembered.set(sent, verified)
    return verified.caller
  }

  function find(sent: string): Caller | undefined {
    const known = remembered.get(sent)
    if (!known) return undefined
    if (known.expires_ms > clock()) return requireOpen(known.caller)
    remembered.delete(sent)
    return undefined
  }

  function requireOpen(caller: Caller): Caller {
    if (ended.has(caller.login)) throw invalidToken()
    return caller
  }

  async function verifyAccess(authorization: string): Promise<Caller> {
    const { sub, role, email, sid, exp } = await access.verify(readBearer(authorization))
    const caller = requireOpen({ id: sub, role, email, login: sid })
    return remember(authorization, { caller, expires_ms: exp * 1000 })
  }

  async function verifyService(token: string): Promise<Caller> {
    const { sub, exp } = await services.verify(token)
    const caller: Caller = { id: `service:${sub}`, role: 'service', email: '', login: '' }
    return remember(token, { caller, expires_ms: exp * 1000 })
  }

  return {
    authenticate: async ({ headers }) => {
      const authorization = headers.get('authorization')
      if (authorization !== null) return find(authorization) ?? (await verifyAccess(authorization))
      const token = headers.get(serviceTokenHeader)
      if (token === null) throw missingToken()
      return find(token) ?? (await verifyService(token))
    },
    recall: ({ headers }) => {
      const authorization = headers.get('authorization')
      const sent = authorization ?? headers.get(serviceTokenHeader)
      const known = sent === null ? undefined : remembered.get(sent)
      return known && known.expires_ms > clock() ? known.caller : undefined
    },
    refresh: async () => {
      const now = clock()
      for (const { id, ended_ms } of await fetchEnded(endedUntil_ms)) {
        ended.set(id, ended_ms)
        endedUntil_ms = Math.max(endedUntil_ms, ended_ms - overlap_ms)
      }
      const oldest = now - forgetAfter_ms
      for (const [id, ended_ms] of ended) if (ended_ms < oldest) ended.delete(id)
      if (now - keysLoaded_ms < reloadKeysEvery_ms) return
      keysLoaded_ms = now
      await access.reloadKeys()
    },
    signServiceToken: services.sign,
  }
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
    detail: 'Log in with POST /api/login and send Authorization: Bearer <access_token>.',
    headers: { 'www-authenticate': 'Bearer' },
  })
}
