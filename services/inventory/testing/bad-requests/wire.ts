import { cars } from './bad-request.ts'
import type { BadRequest } from './bad-request.ts'

const start =
  `POST ${cars} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n` +
  'content-type: application/json\r\n'
const name = '{"name":"smuggled"}'

const withHeader = (line: string) =>
  `GET ${cars} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${line}\r\n\r\n`
const withLength = (length: string) => `${start}content-length: ${length}\r\n\r\n${name}`
const withCoding = (coding: string, body: string) =>
  `${start}transfer-encoding: ${coding}\r\n\r\n${body}`

const chunked = `${name.length.toString(16)}\r\n${name}\r\n0\r\n\r\n`

/**
 * What is no HTTP. Bun's server answers these by itself, before the host sees a request: with a
 * bare status and no body, or by closing the connection. Only that it does, and that nothing
 * is stored, is ours to check.
 */
const garbage: [what: string, bytes: string | Uint8Array, status: number][] = [
  ['a line of text', 'hello\r\n\r\n', 400],
  ['the start of TLS', Uint8Array.of(22, 3, 1, 0, 165, 1, 0, 0, 161, 3, 3, 13, 10, 13, 10), 400],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['HTTP/0.9', `GET ${cars}\r\n\r\n`, 505],
  ['HTTP/9.9', `GET ${cars} HTTP/9.9\r\nhost: localhost\r\n\r\n`, 505],
  ['no Host', `GET ${cars} HTTP/1.1\r\nconnection: close\r\n\r\n`, 400],
  ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n', 400],
  ['an unknown method', withHeader('a: b').replace('GET', 'BREW'), 0],
  ['a method in lower case', withHeader('a: b').replace('GET', 'get'), 0],
  ['a space in a header name', withHeader('x bad: 1'), 400],
  ['a space before the colon of a header', withHeader('x-bad : 1'), 400],
  ['a header without a colon', withHeader('bad'), 400],
  ['a NUL byte in a header', withHeader('x-bad: a\0b'), 400],
  ['a header injected after a line feed', withHeader('x-bad: a\ninjected: yes'), 400],
  ['a header injected after a carriage return', withHeader('x-bad: a\rinjected: yes'), 400],
  ['a header folded over two lines', withHeader('x-bad: a\r\n b'), 400],
  ['a header of 100 KB', withHeader(`x-bad: ${'a'.repeat(100_000)}`), 431],
  [
    '1,000 headers',
    withHeader(Array.from({ length: 1000 }, (_, at) => `x-${at}: 1`).join('\r\n')),
    431,
  ],
  ['a path of 100 KB', withHeader('a: b').replace(cars, `/${'a'.repeat(100_000)}`), 431],
  [
    'a length and chunks',
    `${start}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${chunked}`,
    400,
  ],
  ['two lengths', `${start}content-length: 19\r\ncontent-length: 3\r\n\r\n${name}`, 400],
  ['a negative length', withLength('-19'), 400],
  ['a length that is no number', withLength('many'), 400],
  ['a length with a sign', withLength('+19'), 400],
  ['a length with an exponent', withLength('1e1'), 400],
  ['a length beyond all integers', withLength('99999999999999999999'), 400],
  ['a chunk size that is no number', withCoding('chunked', `XY\r\n${name}\r\n0\r\n\r\n`), 400],
  ['a chunk size beyond all integers', withCoding('chunked', `${'F'.repeat(17)}\r\n${name}`), 400],
  ['a coding nobody knows', withCoding('xchunked', chunked), 400],
  ['two codings', withCoding('gzip, chunked', chunked), 400],
]

/** Requests that are broken below what HTTP allows. */
export const badWire: BadRequest[] = garbage.map(([what, bytes, status]) => ({
  what: `stops at ${what}, in the HTTP server itself`,
  bytes,
  status,
  code: undefined,
}))
