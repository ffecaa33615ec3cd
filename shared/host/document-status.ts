import { authenticateHeader, retryAfterHeader } from '../problem.ts'
import type { ResponseHeaders } from './document.ts'

const descriptions: Record<string, string> = {
  200: 'OK',
  201: 'Created',
  204: 'Done; no body',
  206: 'A part of the bytes',
  302: 'Elsewhere, for a short while',
  304: 'Not changed',
  400: 'The body or a header is malformed',
  401: 'The token is missing or invalid',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  410: 'Gone',
  412: 'It was changed since it was read',
  413: 'The body is too large',
  415: 'The route does not accept this content type',
  416: 'The range begins past the end',
  422: 'A value was refused; `errors` names each',
  429: 'Too many requests; retry after `Retry-After`',
  460: 'The checksum does not match; no bytes were kept',
  500: 'A fault of the server, without its internals',
  503: 'Overloaded, or the database is unavailable; retry',
  507: 'The disk is full; nothing was stored',
}

/** What a status means, unless its route is more specific. */
export function describeStatus(status: string): string {
  return descriptions[status] ?? 'Answer'
}

/** The headers of a status on every route. */
export function problemHeaders(status: string): ResponseHeaders {
  if (status === '401') return authenticateHeader
  return status === '429' || status === '503' ? retryAfterHeader : {}
}
