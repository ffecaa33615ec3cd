import { serviceTokenHeader } from '../../shared/host/authenticator.ts'
import type { Hop } from './forward.ts'

// Hop-by-hop headers (RFC 9110 section 7.6.1).
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** The headers for a service: the client's, except those that a client must not set. */
export function toHopHeaders({ request, requestId, client }: Hop, protocol: string): Headers {
  const headers = dropHopByHop(request.headers)
  if (!carriesBody(request)) headers.delete('content-length')
  headers.delete('host')
  headers.delete('forwarded')
  headers.delete(serviceTokenHeader)
  headers.set('x-request-id', requestId)
  // Replaced, never appended to: the client's value is dropped.
  headers.set('x-forwarded-for', client)
  headers.set('x-forwarded-host', request.headers.get('host') ?? '')
  headers.set('x-forwarded-proto', protocol)
  return headers
}

/** A copy that propagates the trace. */
export function withTrace(headers: Headers, trace: Record<string, string>): Headers {
  const traced = new Headers(headers)
  for (const [name, value] of Object.entries(trace)) traced.set(name, value)
  return traced
}

/**
 * Whether a body is forwarded. In a GET, HEAD or TRACE it has no meaning: RFC 9110 sections 9.3.1,
 * 9.3.2 and 9.3.8.
 */
export function carriesBody({ method }: Request): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'TRACE'
}

// RFC 9110 section 5.6.2
const headerName = /^[\w!#$%&'*+.^`|~-]+$/

/** A copy without hop-by-hop headers. */
export function dropHopByHop(from: Headers): Headers {
  const headers = new Headers(from)
  for (const name of hopByHop) headers.delete(name)
  for (const name of from.get('connection')?.split(',') ?? []) {
    const plain = name.trim()
    // An invalid header name matches nothing, and deleting it would throw.
    if (headerName.test(plain)) headers.delete(plain)
  }
  return headers
}
