import type { Treaty } from '@elysia/eden'
import type { App } from '../app.ts'
import type { Caller } from '../access.ts'
import { serviceTokenHeader } from './authenticator.ts'
import { handleInside } from './inside.ts'
import type { Replicas } from './replicas.ts'
import type { Tracing } from './tracing.ts'

/** In the form of `treaty` of @elysia/eden: `client.api.bookings({ id }).approve.post(body)`. */
export type Client<Api extends App> = Treaty.Create<Api>

export interface ClientOptions {
  timeout_ms: number
  tracing?: Tracing | undefined
  /** The calling service, for a callee in this process. */
  caller: Caller
  /** The token that authenticates it to another process; see `Authenticator`. */
  signToken: () => Promise<string>
}

interface CallOptions {
  query?: Record<string, unknown>
  headers?: Record<string, string>
}

interface Call extends CallOptions {
  method: string
  path: string
  body: unknown
}

/**
 * A typed client of another service; the caller is this service. To act for a user, pass on that
 * user's `authorization` header: it takes precedence.
 * @param target the service's app when it runs in this process, else its replicas
 * @returns a client whose calls resolve with `{ data, error }`; an unavailable service is an
 *   `error` with status 503, never a throw. Bodies are JSON, in which times stay text; bytes are
 *   sent as they are. A response of another type is text.
 */
export function createClient<Api extends App>(
  target: App | Replicas,
  { timeout_ms, tracing, caller, signToken }: ClientOptions,
): Client<Api> {
  async function send({ method, path, query, headers, body }: Call): Promise<Response> {
    const isElsewhere = 'rotate' in target
    const isRaw = body === undefined || body instanceof Uint8Array
    const content = isRaw ? body : JSON.stringify(body)
    const init: RequestInit = {
      method,
      headers: {
        ...tracing?.headers(),
        ...(isElsewhere && {
          [serviceTokenHeader]: await signToken(),
          // On the local network, bytes cost less than compressing them.
          'accept-encoding': 'identity',
        }),
        ...(content !== undefined && {
          'content-type': isRaw ? 'application/octet-stream' : 'application/json',
          // Otherwise the body is read as a stream; `fetch` sets it by itself.
          ...(!isElsewhere && { 'content-length': String(Buffer.byteLength(content)) }),
        }),
        ...headers,
      },
      // Nothing of this process looks at it.
      ...(isElsewhere && { signal: AbortSignal.timeout(timeout_ms) }),
      // Bytes will do as well; the types of Bun and of browsers disagree about which.
      ...(content !== undefined && { body: content as string }),
    }
    const url = path + toQuery(query)
    return isElsewhere
      ? target.fetch(url, init)
      : handleInside(target, new Request(nowhere + url, init), caller)
  }

  async function ask(call: Call) {
    try {
      const response = await send(call)
      const { status, headers, ok } = response
      const value = await readBody(response)
      const answer = ok ? { data: value, error: null } : { data: null, error: { status, value } }
      return { ...answer, status, headers, response }
    } catch (error) {
      return { data: null, error: { status: 503, value: error }, status: 503 }
    }
  }

  // The types are eden's, which are inferred from the routes; the implementation cannot be checked
  // against them. Eden's own client creates two timers per call and inspects each value of a body.
  return follow('', ask) as unknown as Client<Api>
}

// A URL needs a host; nobody reads it.
const nowhere = 'http://service.invalid'
const methods = new Set(['get', 'head', 'post', 'put', 'patch', 'delete'])

/**
 * A name is a path segment, a call with an object a path parameter; the last name is the method.
 */
function follow(path: string, ask: (call: Call) => Promise<unknown>, last = ''): unknown {
  return new Proxy(() => {}, {
    // So that `await client` does not call `then` as a route.
    get: (_, name) =>
      typeof name === 'string' && name !== 'then' ? follow(join(path, last), ask, name) : undefined,
    apply: (_, __, given: unknown[]) => {
      if (!methods.has(last)) {
        const [parameter] = Object.values(given[0] as Record<string, string | number>)
        return follow(join(path, last), ask, encodeURIComponent(String(parameter)))
      }
      const isRead = last === 'get' || last === 'head'
      const [body, options] = isRead ? [undefined, given[0]] : given
      return ask({ method: last.toUpperCase(), path, body, ...(options as CallOptions) })
    },
  })
}

function join(path: string, name: string): string {
  return name === '' ? path : `${path}/${name}`
}

/** A list is a repeated parameter. */
function toQuery(query: CallOptions['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === undefined || one === null ? [] : [[name, one]])),
  )
  const pairs = given.map(([name, value]) => {
    return `${encodeURIComponent(String(name))}=${encodeURIComponent(String(value))}`
  })
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  return isJson && text !== '' ? JSON.parse(text) : text
}
