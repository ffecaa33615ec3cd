import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { SecurityEvent } from '../../../shared/host/security-log.ts'

interface Incoming {
  request: Request
  set: { headers: Record<string, string | number> }
}

/** Who asks, and where from. */
export interface Asker {
  caller: Caller
  request_id: string
  address: string
}

export type Ask = (c: Incoming & { caller: Caller }) => Asker

/** Reads who asks, for the security log. */
export function createAsk({ addressOf }: Pick<Context, 'addressOf'>): Ask {
  return ({ caller, request, set }) => ({
    caller,
    request_id: String(set.headers['x-request-id'] ?? ''),
    address: addressOf(request),
  })
}

/** Where data goes is an auditor's concern: lines of the log as users writes them, of ids alone. */
export function createSecurity({ log }: Pick<Context, 'log'>) {
  return (event: SecurityEvent, asker: Asker, details: Record<string, unknown>): void => {
    const { caller, request_id, address } = asker
    log.warn('security', { event, actor: caller.id, ...details, request_id, address })
  }
}

export type Security = ReturnType<typeof createSecurity>
