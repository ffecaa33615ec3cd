import { bulkhead, BulkheadRejectedError, type BulkheadPolicy } from 'cockatiel'
import * as oidc from 'openid-client'
import { readClaims, type Claims } from './claims.ts'
import { withProviderDeadline, type Connect } from './connection.ts'
import type { Flow } from './flows.ts'
import type { ProviderRow } from './tables.ts'

// To one provider; who waits behind so many of a slow one has given up.
const atOnceMax = 16
const waitingMax = 16

/** Where the provider sends people back to: one for each, so that none is taken for another. */
export function toRedirectUri(origin: string, id: string): string {
  return `${origin}/oidc/${id}`
}

/** What one sign-in keeps to itself: state, nonce and the verifier of PKCE (RFC 7636). */
export function createProof(): Pick<Flow, 'state' | 'nonce' | 'verifier'> {
  return {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier: oidc.randomPKCECodeVerifier(),
  }
}

/** Speaks the authorization code flow with providers (OpenID Connect Core section 3.1). */
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
     * Where the provider asks who it is.
     * @param isAgain whether also of whoever is logged in there; then it says when that was
     * @throws Error when it cannot be reached
     */
    begin: async (
      provider: ProviderRow,
      { state, nonce, verifier, isAgain }: ReturnType<typeof createProof> & { isAgain: boolean },
      origin: string,
    ): Promise<string> => {
      const parameters = {
        redirect_uri: toRedirectUri(origin, provider.id),
        scope: ['openid', ...provider.scopes.split(' ').filter(Boolean)].join(' '),
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        // OpenID Connect Core section 3.1.2.1.
        ...(isAgain && { prompt: 'login', max_age: '0' }),
      }
      return oidc.buildAuthorizationUrl(await connect(provider), parameters).href
    },
    /**
     * Turns what came back into who it is.
     * @param query of the redirect URI, as the browser got it
     * @throws Error, of which `toReason` says what it is
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
    /** Where log-out goes on at the provider; undefined when it has no such place. */
    findLogOut: async (provider: ProviderRow, origin: string): Promise<string | undefined> => {
      const configuration = await connect(provider)
      if (!configuration.serverMetadata().end_session_endpoint) return undefined
      const parameters = { post_logout_redirect_uri: toLogOutUri(origin) }
      return oidc.buildEndSessionUrl(configuration, parameters).href
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
  const tokens = await oidc.authorizationCodeGrant(configuration, url, {
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
  // Who it is was signed; the rest may be told apart (OpenID Connect Core section 5.4).
  const more = await oidc.fetchUserInfo(configuration, tokens.access_token, said.sub)
  return readClaims({ ...more, ...said }, group_claim)
}
