import { hash } from 'node:crypto'

// Crockford's base 32: no letter is confused with another in speech or handwriting.
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 10

/** The number people use for a booking: `7Q2M9-XDF4K`, derived from its id. */
export function toNumber(id: string): string {
  const bytes = hash('sha256', id, 'buffer')
  const signs = Array.from({ length }, (_, at) => letters[(bytes[at] ?? 0) % letters.length])
  return `${signs.slice(0, 5).join('')}-${signs.slice(5).join('')}`
}

/**
 * The id of what a request creates. It is the same for each retry, so a retry finds what an
 * interrupted attempt has held.
 * @param key the hash of its idempotency key
 */
export function toBookingId(key: string): string {
  // A UUID of version 8, for custom use (RFC 9562 section 5.8).
  const [a, b, c, d, e] = [
    key.slice(0, 8),
    key.slice(8, 12),
    key.slice(13, 16),
    key.slice(17, 20),
    key.slice(20, 32),
  ]
  return `${a}-${b}-8${c}-8${d}-${e}`
}
