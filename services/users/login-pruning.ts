import type { Prunable } from '../../shared/host/prune.ts'
import type { UsersTables } from './tables.ts'
import { hour_ms } from '../../shared/duration.ts'

// Ended logins are kept for an hour, so that reuse of their refresh tokens is still detected.
const keepEnded_ms = hour_ms

/** Logins that can be deleted. */
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
