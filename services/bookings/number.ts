// Crockford's base 32: nothing in it is taken for something else, read aloud or by hand.
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 10

/** What people call a booking: `7Q2M9-XDF4K`, always the same for one id. */
export function toNumber(id: string): string {
  const hash = new Bun.CryptoHasher('sha256').update(id).digest()
  const signs = Array.from({ length }, (_, at) => letters[(hash[at] ?? 0) % letters.length])
  return `${signs.slice(0, 5).join('')}-${signs.slice(5).join('')}`
}

/**
 * The id of what a request makes: the same for each retry, so that a retry finds what an attempt
 * that broke off has held already.
 * @param key the hash of its idempotency key
 */
export function toBookingId(key: string): string {
  // A version for one's own use (RFC 9562 section 5.8).
  const [a, b, c, d, e] = [
    key.slice(0, 8),
    key.slice(8, 12),
    key.slice(13, 16),
    key.slice(17, 20),
    key.slice(20, 32),
  ]
  return `${a}-${b}-8${c}-8${d}-${e}`
}
