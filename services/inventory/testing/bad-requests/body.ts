import { bookings, car, cars, patch, post, postInChunks, write } from './bad-request.ts'
import type { BadRequest } from './bad-request.ts'

const megabytes10 = `{"name":"${'x'.repeat(10_000_000)}"}`
const nested = (levels: number) => `{"name":"deep","properties":${deepObject(levels)}}`
const nestedArrays = `{"name":"deep","properties":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`

const malformed: Record<string, string> = {
  'an opening brace alone': '{',
  'a closing brace alone': '}',
  'only spaces': '   ',
  'a value that is missing': '{"name":}',
  'a comma after the last member': '{"name":"A",}',
  'single quotes': "{'name':'A'}",
  'a name without quotes': '{name:"A"}',
  'a comment': '{"name":"A"/* why */}',
  NaN: '{"name":NaN}',
  Infinity: '{"name":-Infinity}',
  undefined: '{"name":undefined}',
  'a number in hexadecimal': '{"name":0x10}',
  'a number with a leading zero': '{"name":01}',
  'a string that does not end': '{"name":"A',
  'an escape that does not exist': String.raw`{"name":"\x41"}`,
  'a unicode escape cut short': String.raw`{"name":"\u00"}`,
  'a line break inside a string': '{"name":"A\nB"}',
  'a NUL byte inside a string': '{"name":"A\0B"}',
  'two documents': '{"name":"A"}{"name":"B"}',
  'something after the document': '{"name":"A"} x',
  'XML under the name of JSON': '<name>A</name>',
  'a form under the name of JSON': 'name=A',
}

const wrongTypes: [string, unknown][] = [
  ['null', null],
  ['an array', [{ name: 'A' }]],
  ['a string', '"A"'],
  ['a number', '5'],
  ['a number too large for any integer', '1e300'],
  ['true', 'true'],
]

const contentTypes = [
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  'application/xml',
  'application/jsonp',
  'application/json-patch+json',
  'application/json, text/plain',
  '*/*',
  'json',
  'application/json\t/x',
]

/** What is no JSON, not as JSON, not an object, or too much of it. */
export const badBodies: BadRequest[] = [
  ...Object.entries(malformed).map(([what, body]): BadRequest => ({
    what: `refuses a body with ${what}`,
    bytes: post(cars, body),
    status: 400,
    code: 'malformed_body',
  })),
  ...wrongTypes.map(([what, body]): BadRequest => ({
    what: `refuses ${what} where an object belongs`,
    bytes: post(cars, body),
    status: 422,
    code: 'invalid_input',
    pointers: ['#'],
  })),
  ...contentTypes.map((type): BadRequest => ({
    what: `refuses JSON sent as ${type}`,
    bytes: post(cars, { name: 'A' }, { 'content-type': type }),
    status: 415,
    code: 'unsupported_media_type',
  })),
  {
    what: 'refuses a body without a content type',
    bytes: Buffer.from(
      `POST ${cars} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n` +
        'content-length: 12\r\n\r\n{"name":"A"}',
    ),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'refuses a body that claims to be compressed',
    bytes: post(cars, { name: 'A' }, { 'content-encoding': 'gzip' }),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'refuses bytes that are not UTF-8',
    bytes: write({ method: 'POST', body: Buffer.from('{"name":"A\xff\xfe"}', 'latin1') }),
    status: 400,
    code: 'malformed_body',
  },
  {
    what: 'refuses JSON in UTF-16',
    bytes: write({ method: 'POST', body: Buffer.from('{"name":"A"}', 'utf16le') }),
    status: 400,
    code: 'malformed_body',
  },
  {
    what: 'refuses malformed JSON that comes in chunks',
    bytes: postInChunks(cars, '{"name"'),
    status: 400,
    code: 'malformed_body',
  },
  {
    what: 'refuses a POST without a body',
    bytes: write({ method: 'POST' }),
    status: 422,
    code: 'invalid_input',
    pointers: ['#'],
  },
  {
    what: 'refuses a PATCH that changes nothing',
    bytes: patch(car, {}),
    status: 422,
    code: 'invalid_input',
    pointers: ['#'],
  },
  tooLarge('a body of 10 MB', post(cars, megabytes10)),
  tooLarge('a body of 10 MB in chunks', postInChunks(cars, megabytes10)),
  tooLarge('a body one byte over the limit', post(cars, 'x'.repeat(65_537))),
  {
    what: 'does not read a body of 10 MB for a path that does not exist',
    bytes: post('/api/nope', megabytes10),
    status: 404,
    code: 'path_not_found',
  },
  tooLarge('100,000 levels of nesting', post(cars, nested(100_000))),
  tooLarge('100,000 levels of nesting in chunks', postInChunks(cars, nested(100_000))),
  {
    what: 'refuses 2,000 levels of nested objects, which fit into a body',
    bytes: post(cars, nested(2000)),
    status: 400,
    code: 'json_too_deep',
  },
  {
    what: 'refuses 10,000 levels of nested arrays, which fit into a body',
    bytes: postInChunks(cars, nestedArrays),
    status: 400,
    code: 'json_too_deep',
  },
  {
    what: 'refuses 2,000 levels of nesting in the dump of a booking',
    bytes: post(bookings, `{"from_infinity":true,"to_infinity":true,"dump":${deepObject(2000)}}`),
    status: 400,
    code: 'json_too_deep',
  },
]

function tooLarge(what: string, bytes: Uint8Array): BadRequest {
  return { what: `refuses ${what}`, bytes, status: 413, code: 'body_too_large' }
}

function deepObject(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
}
