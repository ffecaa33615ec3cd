import { newKey } from '../packages/client/src/key.ts'

/**
 * Options of a call that creates. The server answers a repeated key with what it did the first
 * time: a request sent again, by the client, the browser or a proxy, makes nothing twice.
 */
export function repeatable() {
  return { headers: { 'idempotency-key': newKey() } }
}
