import type { App } from '../app.ts'
import type { Caller } from '../access.ts'
import { ProblemError } from '../problem.ts'

// Requests that never passed a socket. Only code of this process can add to it, so a network
// request cannot pretend to be one; a missing address alone proves nothing.
const inside = new WeakMap<Request, Caller | undefined>()

/**
 * Sends a request to an app of this process, without a socket.
 * @param caller the calling service, if any; a user is authenticated by token as usual
 */
export async function handleInside(app: App, request: Request, caller?: Caller): Promise<Response> {
  inside.set(request, caller)
  return app.handle(request)
}

/** The service of this process that sent a request, if any. */
export function insideCaller(request: Request): Caller | undefined {
  return inside.get(request)
}

/** Whether a request was made within this process. */
export function isInside(request: Request): boolean {
  return inside.has(request)
}

/** The part of a server that tells the address of a client. */
export interface Peers {
  requestIP: (request: Request) => { address: string } | null
}

/**
 * The address at the other end of a request's connection; undefined for one from inside.
 * @throws 400 `address_unknown` when there is none: the client reset the connection
 */
export function peerOf(request: Request, server: Peers | null): string | undefined {
  if (inside.has(request)) return undefined
  const address = server?.requestIP(request)?.address
  if (address !== undefined) return address
  throw new ProblemError({
    status: 400,
    code: 'address_unknown',
    detail: 'The connection was reset before the request was read. Connect again.',
  })
}
