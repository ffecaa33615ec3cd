import { isIP } from 'node:net'

/** Whom passkeys are for: a host name, and the one origin whose pages may ask for them. */
export interface RelyingParty {
  id: string
  origin: string
}

/**
 * The relying party of an installation (WebAuthn section 5.4.2): browsers sign for a host name,
 * over https, or for `localhost`. This machine by its number is `localhost`.
 * @returns undefined where no browser would sign
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
