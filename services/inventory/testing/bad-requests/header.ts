import {
  booking,
  bookings,
  car,
  cars,
  freeSpan,
  get,
  patch,
  post,
  usedKey,
  write,
} from './bad-request.ts'
import type { BadRequest } from './bad-request.ts'

const badKeys: Record<string, string> = {
  'an empty key': '',
  'empty quotes': '""',
  'a space inside': 'one two',
  'a tab inside': 'one\ttwo',
  '256 characters': 'k'.repeat(256),
  'letters beyond ASCII': 'schlüssel',
}

const badTags: Record<string, string> = {
  'no tag': 'nonsense',
  'an empty value': '',
  'a tag without quotes': 'v1',
  'another version': '"v2"',
  'a version that is too large': '"v99999999999999999999"',
  'a weak tag, which never matches': 'W/"v1"',
  'a tag that only contains one of ours': '"xv1"',
  'an asterisk among tags': '"v2", *',
}

const hostileIds = [
  '<script>alert(1)</script>',
  'x'.repeat(129),
  'a b',
  '"}{"level":"fatal"',
  '../../etc/passwd',
  '%0d%0aInjected: yes',
  'ünïcode',
  '${jndi:ldap://x/y}',
]

/** Header fields whose value cannot be, and hostile ones that must change nothing. */
export const badHeaders: BadRequest[] = [
  ...Object.entries(badKeys).map(([what, key]): BadRequest => ({
    what: `refuses an Idempotency-Key with ${what}`,
    bytes: post(bookings, freeSpan, { 'idempotency-key': key }),
    status: 400,
    code: 'idempotency_key_invalid',
  })),
  {
    what: 'refuses an Idempotency-Key with spaces for a resource as well',
    bytes: post(cars, { name: 'B' }, { 'idempotency-key': 'a b' }),
    status: 400,
    code: 'idempotency_key_invalid',
  },
  {
    what: 'refuses two Idempotency-Keys at once',
    bytes: Buffer.from(
      `POST ${cars} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n` +
        'content-type: application/json\r\nidempotency-key: a\r\nidempotency-key: b\r\n' +
        'content-length: 12\r\n\r\n{"name":"B"}',
    ),
    status: 400,
    code: 'idempotency_key_invalid',
  },
  {
    what: 'refuses an Idempotency-Key that was used for something else',
    bytes: post(bookings, freeSpan, { 'idempotency-key': usedKey }),
    status: 422,
    code: 'idempotency_key_reused',
  },
  ...Object.entries(badTags).flatMap(([what, tag]): BadRequest[] => [
    {
      what: `changes no booking under If-Match with ${what}`,
      bytes: patch(booking, { description: 'new' }, { 'if-match': tag }),
      status: 412,
      code: 'precondition_failed',
    },
    {
      what: `releases no booking under If-Match with ${what}`,
      bytes: write({ method: 'DELETE', path: booking, headers: { 'if-match': tag } }),
      status: 412,
      code: 'precondition_failed',
    },
  ]),
  {
    what: 'decommissions nothing under If-Match with another version',
    bytes: write({
      method: 'DELETE',
      path: `${car}?allocations=cancel`,
      headers: { 'if-match': '"v7"' },
    }),
    status: 412,
    code: 'precondition_failed',
  },
  ...hostileIds.map((id): BadRequest => ({
    what: `makes an id of its own for X-Request-Id: ${id.slice(0, 40)}`,
    bytes: get('/api/nope', { 'x-request-id': id }),
    status: 404,
    code: 'path_not_found',
  })),
  {
    what: 'believes no X-HTTP-Method-Override',
    bytes: write({ method: 'POST', path: car, headers: { 'x-http-method-override': 'DELETE' } }),
    status: 405,
    code: 'method_not_allowed',
    allow: 'GET, HEAD, PATCH, DELETE',
  },
  {
    what: 'believes no X-Original-URL',
    bytes: get('/api/nope', { 'x-original-url': cars, 'x-rewrite-url': cars }),
    status: 404,
    code: 'path_not_found',
  },
]
