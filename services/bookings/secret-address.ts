import { hash, randomBytes } from 'node:crypto'

type Kind = 'display' | 'feed'

/** An address that nobody guesses; log filters that hide signatures hide it too. */
export function makeSecretAddress(kind: Kind): { address: string; address_hash: string } {
  const address = `${kind}.${randomBytes(32).toString('base64url')}`
  return { address, address_hash: toHash(address) }
}

/** The stored form of an address; undefined if the text is not one. */
export function hashSecretAddress(kind: Kind, address: string): string | undefined {
  const isOne = /^[a-z]+\.[\w-]{43}$/.test(address) && address.startsWith(`${kind}.`)
  return isOne ? toHash(address) : undefined
}

// With 256 random bits a fast hash is enough; see decision 047.
function toHash(address: string): string {
  return hash('sha256', address, 'base64url')
}
