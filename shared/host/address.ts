import { BlockList, isIP } from 'node:net'

/**
 * Makes a check whether an address is in a list of CIDR ranges (RFC 4632).
 * @param ranges such as `10.0.0.0/8`, `::1/128`, or a single address
 * @throws Error that names an invalid range
 */
export function createAddressList(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) addRange(list, range)
  const known = new Map<string, boolean>()
  return (address) => {
    const plain = address.startsWith('::ffff:') ? address.slice(7) : address // IPv4 in IPv6
    let answer = known.get(plain)
    if (answer === undefined) {
      answer = list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
      if (known.size < knownMax) known.set(plain, answer)
    }
    return answer
  }
}

// Behind a gateway there are a handful; bounded, so that strangers cannot fill memory.
const knownMax = 1000

function addRange(list: BlockList, range: string): void {
  const [address = '', bits] = range.split('/')
  const version = isIP(address)
  const max = version === 6 ? 128 : 32
  const length = bits === undefined ? max : Number(bits)
  if (version === 0 || !Number.isInteger(length) || length < 0 || length > max) {
    throw new Error(`${range} is not an address range. Write it as 10.0.0.0/8 or fd00::/8.`)
  }
  list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4')
}
