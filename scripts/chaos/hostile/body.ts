import type { Attack, HeaderLines } from './attack.ts'
import type { Operation } from './operation.ts'
import { listRepetitions } from './pattern.ts'
import { listTexts, put, sampleOf, type Schema } from './schema.ts'

const deep = 30_000
const nested = (open: string, close: string, levels: number) =>
  open.repeat(levels) + close.repeat(levels)

// For operations that take JSON or no body.
const documents: Record<string, string> = {
  'brackets, closed': nested('[', ']', deep),
  'brackets, open': '['.repeat(2 * deep),
  'braces, closed': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'sixty levels full of values': `${'['.repeat(60)}${'1,'.repeat(20_000)}1${']'.repeat(60)}`,
  'one member again and again': `{${'"a":1,'.repeat(9000)}"a":1}`,
  'many members': `{${Array.from({ length: 5000 }, (_, at) => `"m${at}":1`).join()}}`,
  'a long name': `{"${'a'.repeat(60_000)}":1}`,
  'names with slashes': `{"${'~/'.repeat(30_000)}":1}`,
  'a long number': `{"a":${'9'.repeat(60_000)}}`,
  'many escapes': `{"a":"${String.raw`\u0000`.repeat(10_000)}"}`,
  spaces: ' '.repeat(60_000),
  'members of the prototype':
    '{"__proto__":{"role":"admin"},"constructor":{"prototype":{}},"toString":1,"valueOf":1}',
  null: 'null',
  'a text': '"a"',
  'a list': '[1]',
  'half of it': '{"a":',
  'a byte order mark': '\ufeff{}',
  'nothing of JSON': 'constructor',
}

// Replacements for each member of an honest body.
const members: Record<string, string> = {
  null: 'null',
  true: 'true',
  'a number past all': '1e999',
  'minus zero': '-0',
  'a list': '[]',
  'an object': '{}',
  'members of the prototype': '{"toString":1,"__proto__":{"length":1e9},"length":-1}',
  NUL: String.raw`"\u0000"`,
  'half a pair': String.raw`"\ud800"`,
  'sixty levels': nested('[', ']', 60),
  'levels without end': nested('[', ']', deep),
  emoji: `"${'\u{1f600}'.repeat(40)}"`,
}

const json: HeaderLines = [['content-type', 'application/json']]

/** Bodies that are nested, repeated, truncated, slow, too large, or of the wrong types. */
export function listBodyAttacks(operation: Operation, bytesMax: number): Attack[] {
  if (operation.method === 'GET' || operation.method === 'HEAD') {
    return [{ name: 'a body of 100 kB where none belongs', body: 'x'.repeat(100_000) }]
  }
  const schema = operation.bodies.get('application/json')
  return [
    ...Object.entries(documents).map(([name, body]) => ({ name, body, headers: json })),
    ...wires,
    ...(schema?.properties ? listMemberAttacks(schema) : []),
    ...listPatternAttacks(operation, bytesMax),
    ...(operation.bodies.has('multipart/form-data') ? forms : []),
    ...(operation.bodies.has('text/csv') ? tables : []),
  ]
}

/** For each string with a pattern, as many repeats of the pattern as the route accepts. */
function listPatternAttacks({ bodies }: Operation, bytesMax: number): Attack[] {
  const schema = bodies.get('application/json')
  if (!schema?.properties) return []
  const sample = sampleOf(schema)
  const room = bytesMax - Buffer.byteLength(JSON.stringify(sample)) - 100
  const fit = (unit: string) => Math.floor(room / (Buffer.byteLength(JSON.stringify(unit)) - 2))
  return listTexts(schema).flatMap(({ path, pattern }) =>
    listRepetitions(pattern, fit).map((text): Attack => ({
      name: `#/${path.join('/')}: ${JSON.stringify(text.slice(0, 12))}…`,
      repeats: pattern,
      body: JSON.stringify(put(sample, path, text)),
      headers: json,
    })),
  )
}

function listMemberAttacks(schema: Schema): Attack[] {
  const sample = sampleOf(schema)
  return Object.keys(schema.properties ?? {}).flatMap((name) =>
    Object.entries(members).map(([what, text]): Attack => ({
      name: `#/${name}: ${what}`,
      body: JSON.stringify(put(sample, [name], place)).replace(`"${place}"`, () => text),
      headers: json,
    })),
  )
}

const place = 'the place of another text'

// For any content.
const wires: Attack[] = [
  { name: 'bytes that are not UTF-8', body: Buffer.from([0x22, 0xc3, 0x28, 0xff, 0x22]) },
  { name: 'a megabyte', body: `{"a":"${'x'.repeat(1 << 20)}"}` },
  { name: 'cut off by its sender', body: `{"a":"${'x'.repeat(900)}"}`, cutAt: 100 },
  { name: 'in pieces', body: '{"a":"xxxxxxxxxxxxxxxxxxxx"}', pieces: 10 },
  {
    name: 'chunks of 330 kB together',
    headers: [...json, ['transfer-encoding', 'chunked']],
    body: `${`2000\r\n${'x'.repeat(0x2000)}\r\n`.repeat(40)}0\r\n\r\n`,
  },
  {
    name: 'a hundred terabytes, as it says',
    headers: [...json, ['content-length', '100000000000000']],
    body: '{}',
  },
]

const form = (boundary: string): HeaderLines => [
  ['content-type', `multipart/form-data; boundary=${boundary}`],
]
const part = (head: string, body: string) =>
  `--b\r\ncontent-disposition: ${head}\r\n\r\n${body}\r\n`
const upfile = 'form-data; name="upfile"; filename="a.txt"'

const forms: Attack[] = [
  { name: 'an honest form', headers: form('b'), body: `${part(upfile, 'x')}--b--\r\n` },
  { name: 'a form of 600 parts', headers: form('b'), body: part(upfile, 'x').repeat(600) },
  {
    name: 'a form with a long head',
    headers: form('b'),
    body: part(`${upfile}; ${'a=b; '.repeat(10_000)}`, 'x'),
  },
  {
    name: 'a form with a long name',
    headers: form('b'),
    body: part(`form-data; name="upfile"; filename="${'../'.repeat(15_000)}"`, 'x'),
  },
  { name: 'a form that is all boundary', headers: form('b'), body: '\r\n--b'.repeat(12_000) },
  {
    name: 'a form that is nearly boundary',
    headers: form('-'.repeat(60)),
    body: '-'.repeat(60_000),
  },
  {
    name: 'a form of prototypes',
    headers: form('b'),
    body: `${part('form-data; name="__proto__"', 'x')}--b--`,
  },
  { name: 'a boundary of 10 kB', headers: form('b'.repeat(10_000)), body: 'x' },
]

const csv: HeaderLines = [['content-type', 'text/csv']]
const tables: Attack[] = [
  { name: 'an honest table', headers: csv, body: 'title,author\nA book,A writer\n' },
  { name: 'a table of quotes', headers: csv, body: `title,author\n${'"'.repeat(60_000)}` },
  {
    name: 'a table of 30,000 columns',
    headers: csv,
    body: `title,author${','.repeat(30_000)}\nA,B`,
  },
  { name: 'a row of 30,000 fields', headers: csv, body: `title,author\n${','.repeat(30_000)}` },
  { name: 'a table of line ends', headers: csv, body: `title,author\n${'\n'.repeat(60_000)}` },
  { name: 'a heading of 60 kB', headers: csv, body: `title,author,${'_ '.repeat(30_000)}\nA,B,C` },
  {
    name: 'headings of prototypes',
    headers: csv,
    body: 'title,author,__proto__,constructor\nA,B,C,D',
  },
  { name: 'a list of lists', headers: json, body: nested('[', ']', deep) },
  {
    name: 'books on shelves of prototypes',
    headers: json,
    body: JSON.stringify([
      { title: 'A', author: 'B', shelf: { toString: 1 } },
      { title: 'C', author: 'D', shelf: 'constructor' },
    ]),
  },
]
