import * as oidc from 'openid-client'
import { unavailable } from '../../../shared/problem.ts'
import { withDeadline } from '../../../shared/deadline.ts'
import { fetchFromProvider, isAllowedAddress, isLocal } from './provider-fetch.ts'
import type { ProviderRow } from './tables.ts'

// What a provider says of itself changes rarely; its keys are read again when an unknown one signs.
const keepFor_ms = 10 * 60_000
// While it is away, strangers who press the button do not each wait for it.
const keepFailure_ms = 5000
// Within the time that the gateway waits for a service.
const deadline_ms = 8000

interface Kept {
  created: number
  version: number
  until: number
  configuration: Promise<oidc.Configuration>
}

export type Connect = (provider: ProviderRow) => Promise<oidc.Configuration>

/**
 * Finds out how providers are spoken to (OpenID Connect Discovery 1.0), once for all who sign in.
 * @param openSecret of a row, which keeps it sealed
 */
export function createConnections(
  clock: () => number,
  openSecret: (provider: ProviderRow) => Promise<string>,
): Connect {
  const known = new Map<string, Kept>()

  return async (provider) => {
    const { id, created, version } = provider
    const kept = known.get(id)
    // One that was removed and made anew counts its versions from the beginning.
    const isSame = kept?.version === version && kept.created === created
    if (kept && isSame && kept.until > clock()) return kept.configuration
    const configuration = openSecret(provider).then((secret) => discover(provider, secret))
    const next = { created, version, until: clock() + keepFor_ms, configuration }
    known.set(id, next)
    configuration.catch(() => (next.until = clock() + keepFailure_ms))
    return configuration
  }
}

/** @throws Error, of which `toReason` says what it is */
export async function discover(
  { issuer, client_id }: Pick<ProviderRow, 'issuer' | 'client_id'>,
  secret: string,
): Promise<oidc.Configuration> {
  const isInsecure = isLocal(new URL(issuer).hostname)
  const found = await withProviderDeadline(
    oidc.discovery(new URL(issuer), client_id, undefined, oidc.None(), {
      [oidc.customFetch]: fetchFromProvider,
      execute: isInsecure ? [oidc.allowInsecureRequests] : [],
    }),
  )
  const server = found.serverMetadata()
  // The library lets Microsoft's issuer for all tenants pass as any of them.
  if (new URL(server.issuer).href !== new URL(issuer).href) throw new Error('other_issuer')
  requireAddresses(server)
  const configuration = new oidc.Configuration(
    server,
    client_id,
    secret,
    chooseProof(server)(secret),
  )
  configuration[oidc.customFetch] = fetchFromProvider
  if (isInsecure) oidc.allowInsecureRequests(configuration)
  // Signatures are checked though the token came by TLS: a proxy may be in between.
  oidc.enableNonRepudiationChecks(configuration)
  return configuration
}

/** The browser is sent to two of them. */
function requireAddresses(server: oidc.ServerMetadata): void {
  const { authorization_endpoint, token_endpoint, jwks_uri, end_session_endpoint } = server
  const needed = [authorization_endpoint, token_endpoint, jwks_uri]
  const all = end_session_endpoint === undefined ? needed : [...needed, end_session_endpoint]
  const isUsable = all.every((address) => address !== undefined && isAllowedAddress(address))
  if (!isUsable) throw new Error('address_not_allowed')
}

// Basic is what a provider takes unless it says otherwise: OpenID Connect Core section 9.
function chooseProof({ token_endpoint_auth_methods_supported: methods }: oidc.ServerMetadata) {
  const isBasic = methods === undefined || methods.includes('client_secret_basic')
  return isBasic ? oidc.ClientSecretBasic : oidc.ClientSecretPost
}

/** @throws Error when a provider takes too long, however many requests that were */
export function withProviderDeadline<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, deadline_ms, () => {
    throw new Error('slow')
  })
}

const ours = /^(?:address_not_allowed|answer_too_large|busy|other_issuer|slow)$/
// It answers, and says nothing that could be taken.
const unusable = /^(?:no_id_token|subject_invalid)$/
const away =
  /^(?:OAUTH_(?:TIMEOUT|ABORT|PARSE_ERROR|RESPONSE_IS_NOT_(?:CONFORM|JSON))|unreachable)$/

/** What went wrong, in a word for the security log: codes only, as messages repeat tokens. */
export function toReason(error: unknown): string {
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) {
    return /^[a-z_]{1,40}$/.test(error.error) ? error.error : 'unknown'
  }
  for (let at = error; at instanceof Error; at = at.cause)
    if (ours.test(at.message) || unusable.test(at.message)) return at.message
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && code.startsWith('OAUTH_') ? code : 'unreachable'
}

/** Whether it may work a moment later, and is nobody's fault who signs in. */
export function isAway(reason: string): boolean {
  return ours.test(reason) || away.test(reason)
}

export function providerUnavailable(name: string) {
  return unavailable('provider_unavailable', `${name} cannot be reached at the moment. Retry.`)
}
