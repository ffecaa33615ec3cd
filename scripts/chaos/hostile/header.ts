import type { Attack } from './attack.ts'

// Bun accepts 16 KiB of headers; longer ones never reach us.
const length = 12_000
const repeat = (unit: string) => unit.repeat(length / unit.length)
const token = (payload: string) => `Bearer a.${Buffer.from(payload).toString('base64url')}.a`

// The headers we parse, each with the value that would cost a naive parser most.
const values: Record<string, string[]> = {
  accept: [repeat('*/*;q=0.1,')],
  'accept-encoding': [repeat('br;q=0.1,'), repeat(' '), repeat(';q=')],
  authorization: [
    repeat('Bearer '),
    `Bearer ${repeat('.')}`,
    `Bearer ${repeat('a')}`,
    `Bearer ${repeat('-')}.a.a`,
    token('['.repeat(4000)),
    token('{"alg":"__proto__"}'),
    'Bearer __proto__.constructor.toString',
    'constructor',
  ],
  connection: [repeat('a,'), repeat('close,'), 'host, content-length'],
  'content-encoding': ['gzip', 'constructor', repeat('gzip,')],
  'content-type': ['constructor', '__proto__', 'toString', repeat(';a'), repeat('a/'), ''],
  cookie: [repeat('a=b; '), '__proto__=1; constructor=2', repeat('=')],
  expect: ['100-continue', 'something else'],
  'idempotency-key': [repeat('"'), repeat('a'), '__proto__', ''],
  'if-match': [repeat('"v1",'), repeat('W/'), repeat('"'), '*'],
  'if-none-match': [repeat('"v1",'), repeat('W/"'), '*'],
  'last-event-id': [repeat('1'), repeat('.'), '-1', '__proto__'],
  origin: [repeat('https://a'), 'null', '__proto__'],
  prefer: [repeat('a=b,')],
  range: [repeat('0-0,'), `bytes=${repeat('0-0,')}`, repeat(' '), 'bytes=-', 'bytes=9-1'],
  traceparent: [repeat('0'), `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
  'tus-resumable': ['1.0.0', '__proto__'],
  'upload-checksum': [repeat('sha1 '), 'constructor YQ=='],
  'upload-length': [repeat('9'), '1e5', '-0'],
  'upload-metadata': [repeat('a b,'), repeat(','), `filename ${repeat('A')}`, '__proto__ YQ=='],
  'upload-offset': [repeat('9'), 'NaN'],
  'x-forwarded-for': [repeat('1.1.1.1,'), repeat('::'), repeat(','), '__proto__'],
  'x-forwarded-host': [repeat('a.')],
  'x-request-id': [repeat('a'), repeat('%'), '__proto__'],
  'x-service-token': [repeat('a'), 'a.b.c'],
}

/** Headers that are long, repeated, or malformed. */
export const headerAttacks: Attack[] = [
  ...Object.entries(values).flatMap(([name, each]) =>
    each.map((value): Attack => ({
      name: `${name}: ${value.slice(0, 24)}${value.length > 24 ? '…' : ''}`,
      headers: [[name, value]],
    })),
  ),
  ...['authorization', 'content-type', 'idempotency-key', 'if-match', 'range'].map(
    (name): Attack => ({
      name: `${name} fifty times`,
      headers: Array.from({ length: 50 }, () => [name, '"v1"']),
    }),
  ),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then'].map((name): Attack => ({
    name: `a header named ${name}`,
    headers: [[name, 'x']],
  })),
  {
    name: 'a hundred headers',
    headers: Array.from({ length: 100 }, (_, at) => [`x-${at}`, 'a']),
  },
  { name: 'a header of 12 kB', headers: [['x-long', repeat('a')]] },
]
