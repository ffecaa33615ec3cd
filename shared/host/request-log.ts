import { randomUUID } from 'node:crypto'
import { serviceTokenHeader } from './authenticator.ts'
import { insideCaller } from './inside.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metric.ts'
import type { Tracing } from './tracing.ts'

export interface RequestLogOptions {
  log: Log
  metrics: Metrics
  tracing: Tracing | undefined
  /** The id of the user whose token a request has; undefined when it is not known. */
  userOf: (request: Request) => string | undefined
}

/** A request that was answered. */
export interface Answered {
  request: Request
  /** The pattern of the route; empty when there was none. */
  route: string
  path: string
  status: number
}

/** Follows each request to its response: id, log line, metric and trace. */
export function createRequestLog({ log, metrics, tracing, userOf }: RequestLogOptions) {
  const arrivals = new WeakMap<Request, { id: string; at_ms: number }>()

  /** @returns the request's id: its own or a new one */
  function begin(request: Request): string {
    const id = readRequestId(request)
    arrivals.set(request, { id, at_ms: performance.now() })
    return id
  }

  function end({ request, route, path, status }: Answered): void {
    const { id, at_ms } = arrivals.get(request) ?? { id: '', at_ms: 0 }
    const { method } = request
    const known = { method, route: route || 'none', status }
    const ms = performance.now() - at_ms
    metrics.observe({ ...known, seconds: ms / 1000 })
    tracing?.end(request, known)
    const line = {
      request_id: id,
      method,
      path: hideSignature(path),
      status,
      ms: Math.round(ms * 1000) / 1000,
      user: userOf(request),
      trace: tracing?.idOf(request),
    }
    // Services call each other all the time; the outcome is in the log line of the first request.
    const isService = insideCaller(request) || request.headers.has(serviceTokenHeader)
    if (isService && status < 400) log.debug('request', line)
    else log.info('request', line)
  }

  return { begin, end, idOf: (request: Request) => arrivals.get(request)?.id }
}

// One that could break a log line or a header is replaced.
const requestId = /^[\w.:-]{1,128}$/

function readRequestId(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given && requestId.test(given) ? given : randomUUID()
}

// Readers of the log must not be able to open signed links: the HMAC-SHA256 at the end of a path
// segment is left out.
function hideSignature(path: string): string {
  return path.replace(/\.[\w-]{43}(?=\/|$)/g, '.…')
}
