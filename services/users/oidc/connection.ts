import type * as oidc from 'openid-client'
import { unavailable } from '../../../shared/problem.ts'
import { withDeadline } from '../../../shared/deadline.ts'
import { fetchFromProvider, isAllowedAddress, isLocal } from './provider-fetch.ts'
import type { ProviderRow } from './tables.ts'
import { minute_ms } from '../../../shared/duration.ts'

// A provider's metadata rarely changes; keys are read again when an unknown one signs.
const keepFor_ms = 10 * minute_ms
// While it is unavailable, strangers pressing the button do not each wait for it.
const keepFailure_ms = 5000
// Within the gateway's deadline for a service.
const deadline_ms = 8000

interface Kept {
  created: number
  version: number
  until: number
  configuration: Promise<oidc.Configuration>
}

// Loaded by the first sign-in through a provider; many systems have none.
export const loadClient = () => import('openid-client')

export type Connect = (provider: ProviderRow) => Promise<oidc.Configuration>

/**
 * Discovers providers' metadata (OpenID Connect Discovery 1.0), once for all sign-ins.
 * @param openSecret decrypts a row's secret
 */
export function createConnections(
  clock: () => number,
  openSecret: (provider: ProviderRow) => Promise<string>,
): Connect {
  const known = new Map<string, Kept>()

  return async (provider) => {
    const { id, created, version } = provider
    const kept = known.get(id)
    // A provider that was removed and created again restarts its versions.
    const isSame = kept?.version === version && kept.created === created
    if (kept && isSame && kept.until > clock()) return kept.configuration
    const configuration = openSecret(provider).then((secret) => discover(provider, secret))
    const next = { created, version, until: clock() + keepFor_ms, configuration }
    known.set(id, next)
    configuration.catch(() => (next.until = clock() + keepFailure_ms))
    return configuration
  }
}

/** @throws Error, which `toReason` classifies */
export async function discover(
  { issuer, client_id }: Pick<ProviderRow, 'issuer' | 'client_id'>,
  secret: string,
): Promise<oidc.Configuration> {
  const client = await loadClient()
  const isInsecure = isLocal(new URL(issuer).hostname)
  const found = await withProviderDeadline(
    client.discovery(new URL(issuer), client_id, undefined, client.None(), {
      [client.customFetch]: fetchFromProvider,
      execute: isInsecure ? [client.allowInsecureRequests] : [],
    }),
  )
  const server = found.serverMetadata()
  // The library accepts Microsoft's issuer for all tenants as any of them.
  if (new URL(server.issuer).href !== new URL(issuer).href) throw new Error('other_issuer')
  requireAddresses(server)
  // Basic is the default of providers: OpenID Connect Core section 9.
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const isBasic = methods.includes('client_secret_basic')
  const proof = isBasic ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret)
  const configuration = new client.Configuration(server, client_id, secret, proof)
  configuration[client.customFetch] = fetchFromProvider
  if (isInsecure) client.allowInsecureRequests(configuration)
  // Signatures are checked even over TLS, as there may be a proxy in between.
  client.enableNonRepudiationChecks(configuration)
  return configuration
}

/** The browser is redirected to two of them. */
function requireAddresses(server: oidc.ServerMetadata): void {
  const { authorization_endpoint, token_endpoint, jwks_uri, end_session_endpoint } = server
  const needed = [authorization_endpoint, token_endpoint, jwks_uri]
  const all = end_session_endpoint === undefined ? needed : [...needed, end_session_endpoint]
  const isUsable = all.every((address) => address !== undefined && isAllowedAddress(address))
  if (!isUsable) throw new Error('address_not_allowed')
}

/** @throws Error if a provider takes too long, for all its requests together */
export function withProviderDeadline<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, deadline_ms, () => {
    throw new Error('slow')
  })
}

const ours = /^(?:address_not_allowed|answer_too_large|busy|other_issuer|slow)$/
// It responds, but with nothing usable.
const unusable = /^(?:no_id_token|subject_invalid)$/
const away =
  /^(?:OAUTH_(?:TIMEOUT|ABORT|PARSE_ERROR|RESPONSE_IS_NOT_(?:CONFORM|JSON))|unreachable)$/

/** The cause as a code for the security log: messages can contain tokens. */
export function toReason(error: unknown): string {
  const { code, error: said } = error as { code?: unknown; error?: unknown }
  if (code === 'OAUTH_RESPONSE_BODY_ERROR' || code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') {
    return typeof said === 'string' && /^[a-z_]{1,40}$/.test(said) ? said : 'unknown'
  }
  for (let at = error; at instanceof Error; at = at.cause)
    if (ours.test(at.message) || unusable.test(at.message)) return at.message
  return typeof code === 'string' && code.startsWith('OAUTH_') ? code : 'unreachable'
}

/** Whether a retry may succeed soon, and the user is not at fault. */
export function isAway(reason: string): boolean {
  return ours.test(reason) || away.test(reason)
}

export function providerUnavailable(name: string) {
  return unavailable('provider_unavailable', `${name} cannot be reached at the moment. Retry.`)
}
