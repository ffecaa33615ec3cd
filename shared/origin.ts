import type { Caller } from './access.ts'
import type { Context } from './context.ts'
import type { Origin } from './host/security-log.ts'

// Longer ones exist, and say nothing more to whoever looks for their own browser.
const userAgentMax = 200

export interface Incoming {
  request: Request
  set: { headers: Record<string, string | number> }
}

/** Reads where a request comes from, for the security log and the list of one's logins. */
export function createOriginReader({ addressOf }: Pick<Context, 'addressOf'>) {
  return ({ request, set }: Incoming): Origin => ({
    request_id: String(set.headers['x-request-id'] ?? ''),
    address: addressOf(request),
    user_agent: request.headers.get('user-agent')?.slice(0, userAgentMax) ?? null,
  })
}

export type ReadOrigin = ReturnType<typeof createOriginReader>

/** Who asks, and where from. */
export interface Asker {
  caller: Caller
  origin: Origin
}

/** As a security event has them. */
export function toActor({ caller, origin }: Asker): { actor: string; origin: Origin } {
  return { actor: caller.id, origin }
}
