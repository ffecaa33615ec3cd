import { createBreaker } from '../breaker.ts'
import { withDeadline } from '../deadline.ts'
import type { ResponseHeaders } from './document.ts'
import type { Log } from './log.ts'

/** A number of requests per window; all of them may come at once. */
export interface Policy {
  name: string
  quota: number
  window_s: number
}

export interface Verdict {
  allowed: boolean
  /** How many more would be allowed now. */
  remaining: number
  /** Until all are allowed again, in seconds. */
  reset_s: number
  /** When refused: until the next one is allowed, in seconds. */
  retryAfter_s: number
}

/** Limits requests by key with the generic cell rate algorithm: one timestamp per key. */
export interface Limiter {
  /** @param now_ms milliseconds since 1970 */
  consume: (key: string, policy: Policy, now_ms: number) => Verdict
}

// A page with everything on it, several times over. A larger burst would delay everybody else.
const atOnceMax = 600

/**
 * The policy for a number of requests a minute. If it is large the window is shorter, so that they
 * are spread over the minute.
 * @returns undefined for 0: no limit
 */
export function toPolicy(name: string, perMinute: number): Policy | undefined {
  if (perMinute === 0) return undefined
  const window_s = Math.min(60, Math.max(1, Math.ceil((60 * atOnceMax) / perMinute)))
  return { name, quota: Math.floor((perMinute * window_s) / 60), window_s }
}

// An attacker with many addresses can fill this, but no more: 8 MB.
const keysMax = 100_000

/** Counts in this process. */
export function createLimiter(): Limiter {
  // By key: when its allowance is full again ("theoretical arrival time"), oldest first.
  const arrivals = new Map<string, number>()
  return {
    consume: (key, policy, now_ms) => {
      const window_ms = policy.window_s * 1000
      const before = Math.max(arrivals.get(key) ?? now_ms, now_ms)
      const after = before + window_ms / policy.quota
      const allowed = after - now_ms <= window_ms
      if (allowed) {
        arrivals.delete(key)
        arrivals.set(key, after)
        if (arrivals.size > keysMax) dropOldest(arrivals)
      }
      return toVerdict(policy, allowed, (allowed ? after : before) - now_ms)
    },
  }
}

// The same in one step by the server's clock, so that gateways share it. Returns whether it was
// allowed and how much is used, in milliseconds.
const script = `local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local before = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local after = before + ARGV[2] / ARGV[1]
if after - now > tonumber(ARGV[2]) then return {0, tostring(before - now)} end
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now))
return {1, tostring(after - now)}`

// If it takes longer, counting locally is better.
const answerMax_ms = 100

export interface SharedLimiter {
  consume: (key: string, policy: Policy) => Promise<Verdict>
  close: () => void
}

/**
 * Counts in Redis or Valkey, shared by several gateways. While that is unavailable each counts
 * alone: an outage neither lifts the limits nor locks anybody out.
 * @param url `redis://host:port`
 * @param alone the local count during an outage
 */
export function createSharedLimiter(
  url: string,
  { alone, clock, log }: { alone: Limiter; clock: () => number; log: Log },
): SharedLimiter {
  const options = { enableOfflineQueue: false, connectionTimeout: 1000, maxRetries: 1e9 }
  const redis = new Bun.RedisClient(url, options)
  const breaker = createBreaker()
  let isAway = false
  const connect = () => redis.connect().catch(() => {})
  void connect()

  function note(away: boolean): void {
    if (away !== isAway) log.warn(away ? 'limits are counted alone' : 'limits are shared again')
    isAway = away
  }

  return {
    consume: async (key, policy) => {
      try {
        const bounds = [policy.quota, policy.window_s * 1000].map(String)
        const args = [script, '1', `limit:${key}`, ...bounds]
        const answer = await breaker.execute(() =>
          withDeadline(redis.send('EVAL', args), answerMax_ms, late),
        )
        const [allowed, used_ms] = answer as [number, string]
        note(false)
        return toVerdict(policy, allowed === 1, Number(used_ms))
      } catch {
        note(true)
        if (!redis.connected) void connect()
        return alone.consume(key, policy, clock())
      }
    },
    close: () => redis.close(),
  }
}

/** For the document: what `toLimitHeaders` sets, where requests are limited. */
export const limitHeaders: ResponseHeaders = {
  'ratelimit-policy': header('What is allowed: `"user";q=600;w=60` is 600 requests in 60 seconds'),
  ratelimit: header(
    'What is left: `"user";r=599;t=1` is 599 more now, and all of them again in 1 second',
  ),
}

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), and `Retry-After`
 * with a refusal.
 */
export function toLimitHeaders(policy: Policy, verdict: Verdict): Record<string, string> {
  return {
    'ratelimit-policy': `"${policy.name}";q=${policy.quota};w=${policy.window_s}`,
    ratelimit: `"${policy.name}";r=${verdict.remaining};t=${verdict.reset_s}`,
    ...(!verdict.allowed && { 'retry-after': String(verdict.retryAfter_s) }),
  }
}

function header(description: string) {
  return { description, schema: { type: 'string' } }
}

function toVerdict({ quota, window_s }: Policy, allowed: boolean, used_ms: number): Verdict {
  const window_ms = window_s * 1000
  const each_ms = window_ms / quota
  return {
    allowed,
    remaining: Math.max(0, Math.floor((window_ms - used_ms) / each_ms)),
    reset_s: Math.ceil(used_ms / 1000),
    retryAfter_s: allowed ? 0 : Math.max(1, Math.ceil((used_ms + each_ms - window_ms) / 1000)),
  }
}

function dropOldest(arrivals: Map<string, number>): void {
  const [oldest] = arrivals.keys()
  if (oldest !== undefined) arrivals.delete(oldest)
}

function late(): never {
  throw new Error('late')
}
