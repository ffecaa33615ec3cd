import { isIPv6 } from 'node:net'
import { createAddressList } from './address.ts'

/**
 * Finds the client behind proxies: `X-Forwarded-For`, read from the right for as long as the
 * address that wrote it is one of ours.
 * @param trusted CIDR ranges of proxies whose word is believed
 */
export function createClientAddress(trusted: readonly string[]) {
  const isTrusted = createAddressList(trusted)
  return (peer: string, forwardedFor: string | null): string => {
    const hops = forwardedFor?.split(',').map((hop) => hop.trim()) ?? []
    let address = peer
    while (isTrusted(address) && hops.length > 0) address = hops.pop() ?? address
    return address
  }
}

/**
 * What counts as one client for limits: an IPv4 address, or the /64 of an IPv6 address, which is
 * what one household has (RFC 6177 section 2).
 */
export function toClientNetwork(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  if (!isIPv6(address)) return address
  // The URL parser writes an address in its one shortest form (RFC 5952).
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const before = head.split(':').filter(Boolean)
  const after = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}
