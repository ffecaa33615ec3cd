import type { SecurityEvent } from '../../../shared/host/security-log.ts'

/** What services beside users tell of. All of them tell what they refused. */
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

/** Which service an event is of; undefined: whichever has it to tell. */
export function ownerOf(kind: string): string | undefined {
  const isTheirs = ([, kinds]: readonly [string, readonly string[]]) => kinds.includes(kind)
  return Object.entries(ownedKinds).find(isTheirs)?.[0]
}

/** Whoever takes one service over writes nothing into the log in the name of another. */
export function mayReport(service: string, kind: string): boolean {
  return kind === 'forbidden' || ownerOf(kind) === service
}
