import { isIP } from 'node:net'

/** A host name, and the one origin whose pages may use its passkeys. */
export interface RelyingParty {
  id: string
  origin: string
}

/**
 * The relying party of an installation (WebAuthn section 5.4.2): browsers sign for a host name,
 * over https, or for `localhost`. A loopback address counts as `localhost`.
 * @returns undefined if no browser would sign
 */
export function toRelyingParty(publicUrl: string | undefined): RelyingParty | undefined {
  if (publicUrl === undefined) return undefined
  const url = new URL(publicUrl)
  if (/^(?:127\.0\.0\.1|\[::1\])$/.test(url.hostname)) url.hostname = 'localhost'
  const { hostname: id, origin } = url
  const isSecure = url.protocol === 'https:' || id === 'localhost'
  const isNumber = isIP(id.replace(/^\[|\]$/g, '')) !== 0
  return isSecure && !isNumber ? { id, origin } : undefined
}
