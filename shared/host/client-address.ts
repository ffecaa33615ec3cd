import { isIPv6 } from 'node:net'

/**
 * Finds the client behind proxies: `X-Forwarded-For`, read from the right as long as the address
 * that added the entry is trusted.
 * @param isTrusted whether an address is of a proxy whose word is believed
 */
export function createClientAddress(isTrusted: (address: string) => boolean) {
  return (peer: string, forwardedFor: string | null): string => {
    const hops = forwardedFor?.split(',').map((hop) => hop.trim()) ?? []
    let address = peer
    while (isTrusted(address) && hops.length > 0) address = hops.pop() ?? address
    return address
  }
}

/**
 * One client, for rate limits: an IPv4 address, or the /64 of an IPv6 address, which one household
 * has (RFC 6177 section 2).
 */
export function toClientNetwork(address: string): string {
  const version4 = readVersion4(address)
  return version4 ?? `${expand(address).slice(0, 4).join(':')}::/64`
}

/**
 * One site, for limits on rare actions: the /24 of an IPv4 address, the /48 of an IPv6 address,
 * which one customer may have (RFC 6177 section 2).
 */
export function toClientSite(address: string): string {
  const version4 = readVersion4(address)
  if (version4 !== undefined) return version4.replace(/\.\d+$/, '.0/24')
  return `${expand(address).slice(0, 3).join(':')}::/48`
}

function readVersion4(address: string): string | undefined {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  return isIPv6(address) ? undefined : address
}

/** The eight parts of an IPv6 address. */
function expand(address: string): string[] {
  // The URL parser normalizes an address (RFC 5952), and takes none with a zone (RFC 4007).
  const plain = address.replace(/%.*$/, '')
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::')
  const before = head.split(':').filter(Boolean)
  const after = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after]
}
