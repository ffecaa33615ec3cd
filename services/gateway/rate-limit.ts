import type { Authenticator } from '../../shared/host/authenticator.ts'
import { toClientNetwork } from '../../shared/host/client-address.ts'
import type { Config } from '../../shared/host/config.ts'
import type { RateLimit } from '../../shared/host/host.ts'
import {
  createLimiter,
  createSharedLimiter,
  toLimitHeaders,
  toPolicy,
  type Policy,
  type Verdict,
} from '../../shared/host/limit.ts'
import type { Log } from '../../shared/host/log.ts'
import { ProblemError } from '../../shared/problem.ts'

export interface RateLimitOptions {
  config: Config
  log: Log
  clock: () => number
  authenticator: Authenticator
  /** The client's address; empty for a call within the process. */
  addressOf: (request: Request) => string
}

/**
 * Limits requests: by user when the token is known, else by address, so that guessed tokens count
 * against the guesser. Calls between services are not limited.
 * @throws 429 with `Retry-After`
 */
export function createRateLimit(options: RateLimitOptions): {
  guard: RateLimit
  close: () => void
} {
  const { config, log, clock, authenticator, addressOf } = options
  const alone = createLimiter()
  const user = toPolicy('user', config.USER_LIMIT_PER_MINUTE)
  const stranger = toPolicy('address', config.ADDRESS_LIMIT_PER_MINUTE)

  function identify(request: Request): [key: string, policy: Policy | undefined] {
    const caller = authenticator.recall(request)
    if (caller) return [`user:${caller.id}`, user]
    const address = addressOf(request)
    return address ? [`address:${toClientNetwork(address)}`, stranger] : ['', undefined]
  }

  if (config.LIMITS_URL === undefined) {
    const guard: RateLimit = ({ request, set }) => {
      const [key, policy] = identify(request)
      if (!policy) return
      requireAllowed(policy, alone.consume(key, policy, clock()), set)
    }
    return { guard, close: () => {} }
  }
  const shared = createSharedLimiter(config.LIMITS_URL, { alone, clock, log })
  const guard: RateLimit = async ({ request, set }) => {
    const [key, policy] = identify(request)
    if (!policy) return
    requireAllowed(policy, await shared.consume(key, policy), set)
  }
  return { guard, close: shared.close }
}

function requireAllowed(
  policy: Policy,
  verdict: Verdict,
  set: { headers: Record<string, string | number> },
): void {
  const headers = toLimitHeaders(policy, verdict)
  const { quota, window_s } = policy
  Object.assign(set.headers, headers)
  if (verdict.allowed) return
  throw new ProblemError({
    status: 429,
    code: 'too_many_requests',
    detail: `Limit: ${quota} requests in ${window_s} s. Retry after ${verdict.retryAfter_s} s.`,
    headers,
  })
}
