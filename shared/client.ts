import { treaty, type Treaty } from '@elysiajs/eden'
import type { AnyElysia } from 'elysia'

export type Client<Api extends AnyElysia> = Treaty.Create<Api>

/**
 * Calls another service with its own types.
 * @param target the service's app when it runs in this process, else its address
 * @returns a client whose calls give `{ data, error }`; a service that is away is an `error` of
 *   status 503, never a throw
 */
export function createClient<Api extends AnyElysia>(
  target: Api | string,
  timeout_ms: number,
): Client<Api> {
  // Dates stay text: the wire has its own form for times.
  const options = {
    parseDate: false,
    onRequest: () => ({ signal: AbortSignal.timeout(timeout_ms) }),
  }
  return typeof target === 'string' ? treaty<Api>(target, options) : treaty<Api>(target, options)
}
