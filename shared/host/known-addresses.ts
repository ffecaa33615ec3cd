import { isIP } from 'node:net'
import { createAddressList } from './address.ts'
import { findAddresses } from '../find-addresses.ts'

/** Addresses by range, and by DNS name: those that the name stands for at the moment. */
export interface KnownAddresses {
  has: (address: string) => boolean
  /** Looks the names up, to be called every second; undefined: there are none. */
  refresh: (() => Promise<void>) | undefined
}

type Find = (name: string) => Promise<string[]>

// Not the beginning of an address that is written wrong.
const dnsName = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/i

/**
 * @param entries CIDR ranges, addresses and DNS names
 * @throws Error that names an entry which is none
 */
export function createKnownAddresses(
  entries: readonly string[],
  find: Find = findAddresses,
): KnownAddresses {
  const isName = (entry: string) => dnsName.test(entry) && isIP(entry) === 0
  const names = entries.filter(isName)
  const ranges = entries.filter((entry) => !isName(entry))
  let has = createAddressList(ranges)
  if (names.length === 0) return { has, refresh: undefined }
  const found = new Map<string, string[]>()
  let shown = ''

  async function refresh(): Promise<void> {
    await Promise.all(names.map(look))
    const all = names.flatMap((name) => found.get(name) ?? [])
    const text = all.join()
    // What has not changed keeps what it remembers.
    if (text !== shown) has = createAddressList([...ranges, ...all])
    shown = text
  }

  async function look(name: string): Promise<void> {
    try {
      found.set(name, (await find(name)).toSorted())
    } catch (error) {
      // What no name server answers for is as it was; a name that is gone stands for nothing.
      if ((error as NodeJS.ErrnoException).code === 'ENOTFOUND') found.delete(name)
    }
  }

  return { has: (address) => has(address), refresh }
}
