import { treaty, type Treaty } from '@elysia/eden'
import type { App } from '../app.ts'
import type { Caller } from '../access.ts'
import { serviceTokenHeader } from './authenticator.ts'
import { handleInside } from './inside.ts'
import type { Replicas } from './replicas.ts'
import type { Tracing } from './tracing.ts'

export type Client<Api extends App> = Treaty.Create<Api>

export interface ClientOptions {
  timeout_ms: number
  tracing?: Tracing | undefined
  /** Who calls, where the other one is in this process. */
  caller: Caller
  /** Gives the token that proves it elsewhere; see `Authenticator`. */
  signToken: () => Promise<string>
}

/**
 * Calls another service with its own types, as a service. To act for a user, pass that user's
 * `authorization` header on: it wins.
 * @param target the service's app when it runs in this process, else its replicas
 * @returns a client whose calls give `{ data, error }`; a service that is away is an `error` of
 *   status 503, never a throw
 */
export function createClient<Api extends App>(
  target: App | Replicas,
  { timeout_ms, tracing, caller, signToken }: ClientOptions,
): Client<Api> {
  const isElsewhere = 'inTurn' in target
  const fetcher = (url: string, init?: RequestInit) =>
    isElsewhere
      ? target.fetch(url.slice(nowhere.length), init)
      : handleInside(target, new Request(url, init), caller)
  return treaty<Api>(nowhere, {
    // Dates stay text: the wire has its own form for times.
    parseDate: false,
    headers: async () => ({
      ...tracing?.headers(),
      ...(isElsewhere && {
        [serviceTokenHeader]: await signToken(),
        // A machine next door: bytes cost less than the time to press them.
        'accept-encoding': 'identity',
      }),
    }),
    onRequest: () => ({ signal: AbortSignal.timeout(timeout_ms) }),
    fetcher: fetcher as typeof fetch,
  })
}

// Eden wants an address; each call goes to another replica, or to none at all.
const nowhere = 'http://service.invalid'
