/**
 * Options of a call that creates. The server answers a repeated key with what it did the first
 * time: a request sent again, by the browser or a proxy, makes nothing twice.
 */
export function repeatable() {
  // crypto.randomUUID is only there with https.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return { headers: { 'idempotency-key': Array.from(bytes, toHex).join('') } }
}

const toHex = (byte: number) => byte.toString(16).padStart(2, '0')
