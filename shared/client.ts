import { treaty, type Treaty } from '@elysiajs/eden'
import type { AnyElysia } from 'elysia'
import { serviceTokenHeader } from './authenticator.ts'

export type Client<Api extends AnyElysia> = Treaty.Create<Api>

export interface ClientOptions {
  timeout_ms: number
  /** Gives the token that proves who we are; see `Authenticator`. */
  signToken: () => Promise<string>
}

/**
 * Calls another service with its own types, as a service. To act for a user, pass that user's
 * `authorization` header on: it wins.
 * @param target the service's app when it runs in this process, else its address
 * @returns a client whose calls give `{ data, error }`; a service that is away is an `error` of
 *   status 503, never a throw
 */
export function createClient<Api extends AnyElysia>(
  target: Api | string,
  { timeout_ms, signToken }: ClientOptions,
): Client<Api> {
  // Dates stay text: the wire has its own form for times.
  const options = {
    parseDate: false,
    headers: async () => ({ [serviceTokenHeader]: await signToken() }),
    onRequest: () => ({ signal: AbortSignal.timeout(timeout_ms) }),
  }
  return typeof target === 'string' ? treaty<Api>(target, options) : treaty<Api>(target, options)
}
