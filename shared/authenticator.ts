import type { Caller } from './access.ts'
import { ProblemError } from './problem.ts'
import type { Secret } from './secret.ts'
import { createAccessVerifier, createServiceTokens, invalidToken, type FetchKeys } from './token.ts'

/** The header by which a service proves itself; the gateway drops it from outside. */
export const serviceTokenHeader = 'x-service-token'

/** A part of the logins that ended, in the order of their commits. */
export interface EndedLoginsPage {
  /** `token_expires`: when the last access token of the login is over by itself. */
  logins: { id: string; token_expires: string }[]
  /** Where to go on the next time; null: from where it was asked this time. */
  settled: string | null
  /** Where there are more at once; null: this was all. */
  next: string | null
}

export interface AuthenticatorOptions {
  secret: Secret
  clock: () => number
  fetchKeys: FetchKeys
  /** The logins that ended after a position; undefined: all that are still known. */
  fetchEnded: (after: string | undefined) => Promise<EndedLoginsPage>
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
  /**
   * Aborts, at the next `refresh`, when the login of a request ended or its token expired: what
   * was begun with a token must not outlive it. Never for a service, which has no login.
   */
  endOf: (request: Request) => AbortSignal
  /** Proves a service of this process to others. */
  signServiceToken: (service: string) => Promise<string>
}

interface Verified {
  caller: Caller
  expires_ms: number
}

// Verifying costs 140 µs, remembering 1. Some 700 bytes each.
const rememberedMax = 10_000
// Past the end of its last token nobody asks for a login. Clocks differ by less.
const forgetAfter_ms = 5 * 60_000
const reloadKeysEvery_ms = 300_000

/** Tells who calls. One in each process. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { secret, clock, fetchKeys, fetchEnded } = options
  const access = createAccessVerifier(fetchKeys, clock)
  const services = createServiceTokens(secret, clock)
  const remembered = new Map<string, Verified>()
  // By login: when its last token is over. What ended is read in the order of the commits, and
  // forgotten by the clock that refuses the tokens, so no two clocks need agree.
  const ended = new Map<string, number>()
  const watched = new Set<{ verified: Verified; controller: AbortController }>()
  let settled: string | undefined
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

  async function learnEnded(): Promise<void> {
    let after = settled
    do {
      const page = await fetchEnded(after)
      for (const login of page.logins) ended.set(login.id, Date.parse(login.token_expires))
      settled = page.settled ?? settled
      after = page.next ?? undefined
    } while (after !== undefined)
    const oldest_ms = clock() - forgetAfter_ms
    for (const [id, expires_ms] of ended) if (expires_ms < oldest_ms) ended.delete(id)
  }

  function endWatched(): void {
    const now = clock()
    for (const entry of watched) {
      const { verified } = entry
      const isOver = ended.has(verified.caller.login) || verified.expires_ms <= now
      if (!isOver) continue
      watched.delete(entry)
      entry.controller.abort()
    }
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
      // Tokens expire while users is away, too.
      await learnEnded().finally(endWatched)
      const now = clock()
      if (now - keysLoaded_ms < reloadKeysEvery_ms) return
      keysLoaded_ms = now
      await access.reloadKeys()
    },
    endOf: ({ headers, signal }) => {
      const verified = remembered.get(headers.get('authorization') ?? '')
      const controller = new AbortController()
      if (!verified) return controller.signal
      const entry = { verified, controller }
      watched.add(entry)
      signal.addEventListener('abort', () => watched.delete(entry), { once: true })
      return controller.signal
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
