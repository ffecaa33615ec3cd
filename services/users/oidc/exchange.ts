import { bulkhead, BulkheadRejectedError, type BulkheadPolicy } from 'cockatiel'
import { randomBytes } from 'node:crypto'
import type * as oidc from 'openid-client'
import { readClaims, type Claims } from './claims.ts'
import { loadClient, withProviderDeadline, type Connect } from './connection.ts'
import type { Flow } from './flows.ts'
import type { ProviderRow } from './tables.ts'

// For one provider; anybody behind that many requests has given up.
const atOnceMax = 16
const waitingMax = 16

/** The redirect URI, one per provider, so that none can be mistaken for another. */
export function toRedirectUri(origin: string, id: string): string {
  return `${origin}/oidc/${id}`
}

/** The secrets of one sign-in: state, nonce and PKCE verifier (RFC 7636). */
export function createProof(): Pick<Flow, 'state' | 'nonce' | 'verifier'> {
  return { state: random(), nonce: random(), verifier: random() }
}

const random = () => randomBytes(32).toString('base64url')

/** The authorization code flow (OpenID Connect Core section 3.1). */
export function createExchange(connect: Connect) {
  const turns = new Map<string, BulkheadPolicy>()

  function takeTurn<T>(id: string, run: () => Promise<T>): Promise<T> {
    const own = turns.get(id) ?? bulkhead(atOnceMax, waitingMax)
    turns.set(id, own)
    return own.execute(run).catch((error: unknown) => {
      throw error instanceof BulkheadRejectedError ? new Error('busy') : error
    })
  }

  return {
    /**
     * The URL where the provider authenticates the user.
     * @param isAgain whether to require a fresh login; the response then says when it was
     * @throws Error if the provider is unreachable
     */
    begin: async (
      provider: ProviderRow,
      { state, nonce, verifier, isAgain }: ReturnType<typeof createProof> & { isAgain: boolean },
      origin: string,
    ): Promise<string> => {
      const client = await loadClient()
      const parameters = {
        redirect_uri: toRedirectUri(origin, provider.id),
        scope: ['openid', ...provider.scopes.split(' ').filter(Boolean)].join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        // OpenID Connect Core section 3.1.2.1.
        ...(isAgain && { prompt: 'login', max_age: '0' }),
      }
      return client.buildAuthorizationUrl(await connect(provider), parameters).href
    },
    /**
     * Turns a callback into claims.
     * @param query of the redirect URI, as the browser got it
     * @throws Error, which `toReason` classifies
     */
    complete: async (
      provider: ProviderRow,
      flow: Flow,
      { query, origin }: { query: string; origin: string },
    ): Promise<Claims> => {
      const configuration = await connect(provider)
      const url = new URL(`${toRedirectUri(origin, provider.id)}?${query}`)
      const run = () => readWho(configuration, { provider, flow, url })
      return withProviderDeadline(takeTurn(provider.id, run))
    },
    /** Where log-out continues at the provider; undefined if there is no such endpoint. */
    findLogOut: async (provider: ProviderRow, origin: string): Promise<string | undefined> => {
      const configuration = await connect(provider)
      if (!configuration.serverMetadata().end_session_endpoint) return undefined
      const parameters = { post_logout_redirect_uri: toLogOutUri(origin) }
      const client = await loadClient()
      return client.buildEndSessionUrl(configuration, parameters).href
    },
  }
}

export type Exchange = ReturnType<typeof createExchange>

export function toLogOutUri(origin: string): string {
  return `${origin}/sign-in`
}

interface Returned {
  provider: ProviderRow
  flow: Flow
  url: URL
}

async function readWho(
  configuration: oidc.Configuration,
  { provider, flow, url }: Returned,
): Promise<Claims> {
  const client = await loadClient()
  const tokens = await client.authorizationCodeGrant(configuration, url, {
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    pkceCodeVerifier: flow.verifier,
    idTokenExpected: true,
  })
  const said = tokens.claims()
  if (!said) throw new Error('no_id_token')
  const { group_claim } = provider
  const isMissing = said.email === undefined || (group_claim !== null && !(group_claim in said))
  if (!isMissing || !configuration.serverMetadata().userinfo_endpoint) {
    return readClaims(said, group_claim)
  }
  // The subject was signed; the other claims may come separately (OpenID Connect Core section 5.4).
  const more = await client.fetchUserInfo(configuration, tokens.access_token, said.sub)
  return readClaims({ ...more, ...said }, group_claim)
}
