import type { SecurityEvent } from '../../../shared/host/security-log.ts'

/** The kinds that each service other than users reports. All services report refusals. */
const ownedKinds: Readonly<Record<string, readonly SecurityEvent[]>> = {
  bookings: ['calendar_created', 'calendar_revoked', 'display_created', 'display_revoked'],
  notifications: [
    'webhook_created',
    'webhook_changed',
    'webhook_removed',
    'webhook_secret_created',
    'webhook_secret_removed',
  ],
}

/** The service that reports a kind; undefined for any service. */
export function ownerOf(kind: string): string | undefined {
  const isTheirs = ([, kinds]: readonly [string, readonly string[]]) => kinds.includes(kind)
  return Object.entries(ownedKinds).find(isTheirs)?.[0]
}

/** A compromised service must not write to the log in the name of another. */
export function mayReport(service: string, kind: string): boolean {
  return kind === 'forbidden' || ownerOf(kind) === service
}
