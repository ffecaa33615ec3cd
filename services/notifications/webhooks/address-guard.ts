import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { findAddresses as resolveByHost } from '../../../shared/find-addresses.ts'

/** Resolves a name to addresses. */
export type Resolve = (name: string) => Promise<string[]>

/** Why an address may not be called. */
export type GuardFault = 'name_not_found' | 'address_not_allowed' | 'http_not_allowed'

export class GuardError extends Error {
  readonly fault: GuardFault

  constructor(fault: GuardFault, cause?: unknown) {
    super(fault, { cause })
    this.name = 'GuardError'
    this.fault = fault
  }
}

/**
 * Where webhooks may lead: public addresses, and networks the operator lists. The address that is
 * checked is the one connected to, as a second look-up may differ (OWASP Server Side Request
 * Forgery Prevention Cheat Sheet, "DNS pinning").
 * @param networks CIDR ranges allowed although private; also by http
 * @throws Error naming an invalid range
 */
export function createAddressGuard(networks: readonly string[], resolve: Resolve = resolveByHost) {
  const ranges = networks.map(readRange)

  function isListed(address: Address): boolean {
    return ranges.some(([range, bits]) => {
      return range.kind() === address.kind() && address.match(range, bits)
    })
  }

  const isAllowed = (address: Address, protocol: string) =>
    isListed(address) || (protocol === 'https:' && isPublic(address))

  /**
   * The addresses to connect to, in order.
   * @throws GuardError if none is allowed
   */
  async function findAddresses({ hostname, protocol }: URL): Promise<string[]> {
    const literal = toLiteral(hostname)
    const found = literal === undefined ? await resolveName(hostname) : [literal]
    const addresses = found.filter(isIP).map((text) => ipaddr.process(text))
    const allowed = addresses.filter((each) => isAllowed(each, protocol))
    if (allowed.length > 0) return allowed.map(String)
    const isForHttps = addresses.some((each) => isAllowed(each, 'https:'))
    throw new GuardError(isForHttps ? 'http_not_allowed' : 'address_not_allowed')
  }

  async function resolveName(name: string): Promise<string[]> {
    try {
      return await resolve(name)
    } catch (cause) {
      throw new GuardError('name_not_found', cause)
    }
  }

  /** What is wrong with a URL, without a look-up; for people. */
  function findFault(text: string): string | undefined {
    const url = URL.parse(text)
    if (url === null || !/^https?:$/.test(url.protocol)) return 'must begin with https://'
    if (url.username || url.password) return 'must have no user name and no password in it'
    if (url.hash) return 'must have no part after a #, which is never sent'
    const literal = toLiteral(url.hostname)
    if (url.protocol === 'http:' && ranges.length === 0) return `must begin with https://. ${ask}`
    if (literal === undefined || isAllowed(ipaddr.process(literal), url.protocol)) return undefined
    return `must not lead to ${literal}, which is not a public address reached by https. ${ask}`
  }

  return { findAddresses, findFault }
}

const ask = 'The operator can list networks of your own in WEBHOOK_ALLOWED_NETWORKS.'

export type AddressGuard = ReturnType<typeof createAddressGuard>

type Address = ReturnType<typeof ipaddr.parse>

// Global unicast is only 2000::/3 so far (RFC 4291 section 2.4, IANA).
const globalUnicast = ipaddr.parseCIDR('2000::/3')

function isPublic(address: Address): boolean {
  const isGlobal = address.kind() === 'ipv4' || address.match(globalUnicast)
  return isGlobal && address.range() === 'unicast'
}

// The URL standard has normalised 0x7f.1, 017700000001 and 2130706433 by now.
function toLiteral(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) ? bare : undefined
}

function readRange(text: string): [Address, number] {
  try {
    const [address = ''] = text.split('/')
    const version = isIP(address)
    if (version === 0) throw new TypeError('no address')
    return ipaddr.parseCIDR(text === address ? `${text}/${version === 6 ? 128 : 32}` : text)
  } catch (cause) {
    const said = 'is not an address range. Write it as 10.0.0.0/8 or fd00::/8.'
    throw new Error(`WEBHOOK_ALLOWED_NETWORKS: ${text} ${said}`, { cause })
  }
}
