import type { Prunable } from '../../shared/host/prune.ts'
import type { UsersTables } from './tables.ts'

// Ended logins are kept for an hour, so that their refresh tokens are still known to be reused.
const keepEnded_ms = 60 * 60 * 1000

/** Which logins are no longer needed. */
export function listPrunableLogins({ logins }: UsersTables): Prunable[] {
  return [
    {
      name: 'expired logins',
      table: logins,
      key: logins.id,
      since: logins.expires,
      keepFor_ms: 0,
    },
    {
      name: 'logins that ended',
      table: logins,
      key: logins.id,
      since: logins.ended,
      keepFor_ms: keepEnded_ms,
    },
  ]
}
