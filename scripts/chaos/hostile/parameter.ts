import type { Attack } from './attack.ts'
import type { Operation, Parameter } from './operation.ts'
import { listRepetitions } from './pattern.ts'
import type { Schema } from './schema.ts'

// Keeps all headers together below the 16 KiB that Bun accepts.
const lengthMax = 12_000
const cursor = (value: string) => Buffer.from(value).toString('base64url')

const texts = [
  '__proto__',
  'constructor',
  'toString',
  '%00',
  '%ff',
  '%',
  '%2e%2e%2f%2e%2e%2fetc',
  '%ED%A0%80',
  '%F0%9F%98%80',
  '-1',
  '0',
  '1e999',
  '9'.repeat(400),
  'NaN',
  'null',
  '%25',
  '_'.repeat(150),
  '%25_'.repeat(60),
  'a+b+'.repeat(50),
  'a'.repeat(lengthMax),
  '%41'.repeat(lengthMax / 3),
]

const cursors = [
  cursor('['.repeat(370)),
  cursor('{"__proto__":1}'),
  cursor('{"from":{"toString":1},"id":[]}'),
  cursor('[1,2,3]'),
  cursor('["a\\u0000","b\\u0000"]'),
  cursor('{"from":1e999,"id":"\\u0000"}'),
  cursor('null'),
]

const spans = [
  'from=0001-01-01T00:00Z&to=9999-12-31T23:59Z',
  'from=2027-01-01T00:00Z&to=2026-01-01T00:00Z',
  'from=9999-12-31T23:59:59.999Z&to=9999-12-31T23:59:59.999%2B23:59',
]

const queries = [
  '__proto__=1&constructor=2&toString=3',
  'a=1&'.repeat(lengthMax / 4),
  Array.from({ length: 1200 }, (_, at) => `p${at}=1`).join('&'),
  '&'.repeat(lengthMax),
  '='.repeat(lengthMax),
  '%'.repeat(lengthMax),
  '+'.repeat(lengthMax),
  '[]=1',
]

/** Path and query parameters: long, repeated, malformed, or named like prototype members. */
export function listParameterAttacks({ parameters }: Operation): Attack[] {
  return [
    ...queries.map((query): Attack => ({ name: `?${query.slice(0, 20)}`, query })),
    ...parameters.filter((each) => each.in === 'path').flatMap(listPathAttacks),
    ...parameters.filter((each) => each.in === 'query').flatMap(listQueryAttacks),
    ...(parameters.some(({ name }) => name === 'from')
      ? spans.map((query): Attack => ({ name: `?${query}`, query }))
      : []),
  ]
}

function listPathAttacks({ name, schema }: Parameter): Attack[] {
  return [...texts.map((text) => ({ text })), ...listEscaped(schema)].map(({ text, ...rest }) => ({
    name: `{${name}}: ${text.slice(0, 20)}`,
    path: { [name]: text },
    ...rest,
  }))
}

function listQueryAttacks({ name, schema }: Parameter): Attack[] {
  const repeated = [`${name}=1&`.repeat(500), `${name}[]=1`, `${name}[__proto__]=1`]
  const given = [...texts, ...(name === 'cursor' ? cursors : [])].map((text) => `${name}=${text}`)
  return [
    ...[...given, ...repeated].map((query) => ({ query })),
    ...listEscaped(schema).map(({ text, repeats }) => ({ query: `${name}=${text}`, repeats })),
  ].map((attack) => ({ name: `?${attack.query.slice(0, 24)}`, ...attack }))
}

// A character may be escaped as up to nine.
function listEscaped({ pattern }: Schema): { text: string; repeats: string }[] {
  if (pattern === undefined) return []
  const escape = (text: string) => encodeURIComponent(text.toWellFormed())
  return listRepetitions(pattern, (unit) => Math.floor(lengthMax / escape(unit).length)).map(
    (text) => ({ text: escape(text), repeats: pattern }),
  )
}
