import { treaty, type Treaty } from '@elysiajs/eden'
import type { AnyElysia } from 'elysia'
import { serviceTokenHeader } from './authenticator.ts'
import { handleInside } from './inside.ts'
import type { Replicas } from './replicas.ts'
import type { Tracing } from './tracing.ts'

export type Client<Api extends AnyElysia> = Treaty.Create<Api>

export interface ClientOptions {
  timeout_ms: number
  tracing?: Tracing | undefined
  /** Gives the token that proves who we are; see `Authenticator`. */
  signToken: () => Promise<string>
}

/**
 * Calls another service with its own types, as a service. To act for a user, pass that user's
 * `authorization` header on: it wins.
 * @param target the service's app when it runs in this process, else its replicas
 * @returns a client whose calls give `{ data, error }`; a service that is away is an `error` of
 *   status 503, never a throw
 */
export function createClient<Api extends AnyElysia>(
  target: Api | Replicas,
  { timeout_ms, tracing, signToken }: ClientOptions,
): Client<Api> {
  // Dates stay text: the wire has its own form for times.
  const options = {
    parseDate: false,
    headers: async () => ({ ...tracing?.headers(), [serviceTokenHeader]: await signToken() }),
    onRequest: () => ({ signal: AbortSignal.timeout(timeout_ms) }),
  }
  const fetcher = (url: string, init?: RequestInit) =>
    'inTurn' in target
      ? target.fetch(url.slice(nowhere.length), init)
      : handleInside(target, new Request(url, init))
  return treaty<Api>(nowhere, { ...options, fetcher: fetcher as typeof fetch })
}

// Eden wants an address; each call goes to another replica, or to none at all.
const nowhere = 'http://service.invalid'
