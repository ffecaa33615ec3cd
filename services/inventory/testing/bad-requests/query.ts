import { bookings, car, cars, get, runway, write } from './bad-request.ts'
import type { BadRequest } from './bad-request.ts'

const limits = ['0', '201', '-1', 'x', '1e99', '1.5', '', 'NaN', 'Infinity', '5;', '%00', '%zz']

const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Cursors we never made, each for the list it is sent to. */
const badCursors: [what: string, path: string, cursor: string][] = [
  ['nothing', cars, ''],
  ['no base64', cars, '***'],
  ['bytes that are not UTF-8', cars, '%ff%fe'],
  ['base64 of no JSON', cars, 'eA'],
  ['base64 of null', cars, cursor(null)],
  ['base64 of an empty array', cars, cursor([])],
  ['an id that is none', cars, cursor(['A', 'x'])],
  ['an id that is SQL', cars, cursor(['A', "' OR 1=1 --"])],
  ['a NUL character', cars, cursor(['\0', '01a1fdb4-926d-750b-8196-748d92c92281'])],
  ['numbers', cars, cursor([1, 2])],
  ['an array too long', cars, cursor(['A', '01a1fdb4-926d-750b-8196-748d92c92281', 1])],
  ['a position of another list', bookings, cursor(['A', '01a1fdb4-926d-750b-8196-748d92c92281'])],
  ['null, for bookings', bookings, cursor(null)],
  ['an empty object', bookings, cursor({})],
  ['a number', bookings, cursor(5)],
  ['a text for a time', bookings, cursor({ from: '2031-01-01' })],
  ['a fraction for a time', bookings, cursor({ from: 0.5 })],
  ['a time past the year 9999', bookings, cursor({ from: 1e15 })],
  ['a time past the end of time', bookings, cursor({ from: Number.MAX_SAFE_INTEGER })],
  ['a time before the year 1', bookings, cursor({ from: -1e15 })],
]

const window = `${bookings}?from=2031-01-01T00:00Z`

const badQueries: [what: string, path: string, code: string, pointers: string[]][] = [
  ['an unknown parameter', `${cars}?page=2`, 'invalid_input', ['?page']],
  ['a parameter without a name', `${cars}?=1`, 'invalid_input', ['?']],
  ['a limit as an array', `${cars}?limit[]=5`, 'invalid_input', ['?limit[]']],
  ['__proto__ as a parameter', `${cars}?__proto__=1`, 'invalid_input', ['?__proto__']],
  ['a limit twice, the last one bad', `${cars}?limit=5&limit=999`, 'invalid_input', ['?limit']],
  [
    'a cursor of 1001 characters',
    `${cars}?cursor=${'a'.repeat(1001)}`,
    'invalid_input',
    ['?cursor'],
  ],
  [
    'a bad limit and an unknown parameter',
    `${cars}?limit=x&sort=name`,
    'invalid_input',
    ['?limit', '?sort'],
  ],
  ['2,000 parameters', `${cars}?${'a=1&'.repeat(2000)}`, 'invalid_input', ['?a']],
  ['a window of no time', `${bookings}?from=soon`, 'invalid_input', ['?from']],
  ['an empty window bound', `${bookings}?from=`, 'invalid_input', ['?from']],
  ['a window of 30 February', `${bookings}?to=2031-02-30T00:00Z`, 'invalid_input', ['?to']],
  [
    'a window with two bad bounds',
    `${car}/availability?from=x&to=y`,
    'invalid_input',
    ['?from', '?to'],
  ],
  [
    'a window bound of 41 characters',
    `${bookings}?from=${'2'.repeat(41)}`,
    'invalid_input',
    ['?from'],
  ],
  ['a window without its T', `${bookings}?from=2031-01-01X00:00Z`, 'invalid_input', ['?from']],
  ['something after a time', `${bookings}?from=2031-01-01T00:00ZZ`, 'invalid_input', ['?from']],
  [
    'something after an offset',
    `${bookings}?from=2031-01-01T00:00%2B01:00junk`,
    'invalid_input',
    ['?from'],
  ],
  [
    'an offset without a sign',
    `${bookings}?to=2031-01-01T00:00:00x01:00`,
    'invalid_input',
    ['?to'],
  ],
  ['an empty window', `${window}&to=2031-01-01T00:00Z`, 'empty_span', ['?to']],
  ['a window backwards', `${window}&to=2030-01-01T00:00Z`, 'empty_span', ['?to']],
  [
    'a window backwards for all cars',
    `${cars}/availability?from=2031-01-02T00:00Z&to=2031-01-01T00:00Z`,
    'empty_span',
    ['?to'],
  ],
  ['a window without end for slots', `${runway}/slots`, 'window_too_long', ['?to']],
  [
    'a window of 8,000 years for slots',
    `${runway}/slots?from=0001-01-01T00:00Z&to=9999-01-01T00:00Z`,
    'window_too_long',
    ['?to'],
  ],
  [
    'an id that is none for events',
    '/api/allocations/events?resource_id=x',
    'invalid_input',
    ['?resource_id'],
  ],
  [
    'a type of 51 characters for events',
    `/api/allocations/events?type=${'x'.repeat(51)}`,
    'invalid_input',
    ['?type'],
  ],
]

/** Queries of lists and windows. */
export const badQueryRequests: BadRequest[] = [
  ...limits.map((limit): BadRequest => ({
    what: `refuses limit=${limit}`,
    bytes: get(`${cars}?limit=${limit}`),
    status: 422,
    code: 'invalid_input',
    pointers: ['?limit'],
  })),
  ...badCursors.map(([what, path, value]): BadRequest => ({
    what: `refuses a cursor of ${what}`,
    bytes: get(`${path}?cursor=${value}`),
    status: 400,
    code: 'cursor_invalid',
  })),
  ...badQueries.map(([what, path, code, pointers]): BadRequest => ({
    what: `refuses a query with ${what}`,
    bytes: get(path),
    status: 422,
    code,
    pointers,
  })),
  {
    what: 'refuses to decommission with a wish it does not know',
    bytes: write({ method: 'DELETE', path: `${car}?allocations=keep` }),
    status: 422,
    code: 'invalid_input',
    pointers: ['?allocations'],
  },
]
