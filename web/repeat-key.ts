import { newKey } from '../packages/client/src/key.ts'

/**
 * Options of a creating call. The server responds to a repeated key with its first response, so a
 * request sent again, by the client, the browser or a proxy, creates nothing twice.
 */
export function repeatable() {
  return { headers: { 'idempotency-key': newKey() } }
}
