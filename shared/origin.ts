import type { Caller } from './access.ts'
import type { Context } from './context.ts'
import type { Origin } from './host/security-log.ts'

// Longer ones exist, but the start is enough to recognise one's browser.
const userAgentMax = 200

export interface Incoming {
  request: Request
  set: { headers: Record<string, string | number> }
}

/** Reads where a request comes from, for the security log and the list of logins. */
export function createOriginReader({ addressOf }: Pick<Context, 'addressOf'>) {
  return ({ request, set }: Incoming): Origin => ({
    request_id: String(set.headers['x-request-id'] ?? ''),
    address: addressOf(request),
    user_agent: request.headers.get('user-agent')?.slice(0, userAgentMax) ?? null,
  })
}

/** The caller and where the request comes from. */
export interface Asker {
  caller: Caller
  origin: Origin
}

/** The caller and where the request comes from, as fields of a security event. */
export function toActor({ caller, origin }: Asker): { actor: string; origin: Origin } {
  return { actor: caller.id, origin }
}
