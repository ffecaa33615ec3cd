import { createAddressList } from '../../shared/address.ts'

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
