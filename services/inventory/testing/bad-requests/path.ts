import {
  booking,
  bookings,
  car,
  cars,
  freeSpan,
  get,
  ids,
  post,
  runway,
  write,
} from './bad-request.ts'
import type { BadRequest } from './bad-request.ts'

const absent = '00000000-0000-7000-8000-000000000000'

/** Ids of the wrong form. */
const badIds: Record<string, string> = {
  'a word': 'blue',
  'a number': '1',
  'no hexadecimal digits': '01a1fdb4-926d-750b-8196-748d92c9228g',
  'a digit too few': '01a1fdb4-926d-750b-8196-748d92c9228',
  'a digit too many': '01a1fdb4-926d-750b-8196-748d92c922811',
  'no hyphens': '01a1fdb4926d750b8196748d92c92281',
  braces: '%7B01a1fdb4-926d-750b-8196-748d92c92281%7D',
  'a prefix': 'urn:uuid:01a1fdb4-926d-750b-8196-748d92c92281',
  'a NUL byte': '%00',
  'a NUL byte after a real id': `${ids.car}%00`,
  'a byte that is not UTF-8': '%ff',
  'an escape cut short': '%',
  'an escape that is none': '%zz',
  'an escaped slash': '%2f',
  'an escaped dot-dot in overlong UTF-8': '%c0%ae%c0%ae',
  'a line break and a header': '%0d%0aInjected:%20yes',
  'a space after a real id': `${ids.car}%20`,
  backslashes: '..\\..\\etc\\passwd',
  SQL: "'%20OR%20'1'='1",
  markup: '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  '4,000 characters': 'a'.repeat(4000),
}

const unknownPaths: Record<string, string> = {
  'a path nobody serves': '/api/nope',
  'an undeclared type': '/api/planes',
  'the folder of the API': '/api',
  'a type in upper case': '/api/CARS',
  'a slash too many at the start': '//api/cars',
  'a slash too many in the middle': '/api//cars',
  'two slashes at the end': '/api/cars//',
  'an escaped slash in the path': '/api%2fcars',
  'a semicolon parameter': '/api/cars;v=1',
  'an empty id': '/api/cars//allocations',
  'a level too many': `${booking}/more`,
  'slots of a type without a grid': `${car}/slots`,
  'a file outside': '/../../../../etc/passwd',
  'a file outside, escaped': '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  'a file outside, escaped twice': '/%252e%252e/%252e%252e/etc/passwd',
  'a file outside, below the docs': '/swagger/../../../../etc/passwd',
  'a file of ours': '/.env',
  'the database': '/data/inventory.sqlite',
  'a NUL byte in the path': '/api/cars%00.json',
  'a path of 12,000 characters': `/${'a'.repeat(12_000)}`,
}

const collection = 'GET, HEAD, POST'
const item = 'GET, HEAD, PATCH, DELETE'

const wrongMethods: [method: string, path: string, allow: string][] = [
  ['PUT', cars, collection],
  ['PATCH', cars, collection],
  ['DELETE', cars, collection],
  ['OPTIONS', cars, collection],
  ['TRACE', cars, collection],
  ['POST', car, item],
  ['PUT', car, item],
  ['PUT', bookings, collection],
  ['DELETE', bookings, collection],
  ['POST', booking, item],
  ['PUT', booking, item],
  ['POST', `${car}/availability`, 'GET, HEAD'],
  ['DELETE', `${runway}/slots`, 'GET, HEAD'],
  ['PUT', '/api/resource_types', 'GET, HEAD, POST'],
  ['DELETE', '/api/allocations/audit', 'GET, HEAD'],
  ['POST', '/livez', 'GET, HEAD'],
  ['PUT', '/swagger/json', 'GET, HEAD'],
]

const absentThings: [what: string, path: string, code: string][] = [
  ['a resource that does not exist', `/api/cars/${absent}`, 'resource_not_found'],
  ['a resource under another type', `/api/lorries/${ids.car}`, 'resource_not_found'],
  ['bookings of no resource', `/api/cars/${absent}/allocations`, 'resource_not_found'],
  ['availability of no resource', `/api/cars/${absent}/availability`, 'resource_not_found'],
  ['a booking that does not exist', `${bookings}/${absent}`, 'allocation_not_found'],
  [
    'a booking under another resource',
    `${runway}/allocations/${ids.booking}`,
    'allocation_not_found',
  ],
]

/** Paths that lead nowhere, with methods they do not have, to things that do not exist. */
export const badPaths: BadRequest[] = [
  ...Object.entries(badIds).map(([what, id]): BadRequest => ({
    what: `refuses an id with ${what}`,
    bytes: get(`/api/cars/${id}`),
    status: 422,
    code: 'invalid_input',
    pointers: ['{id}'],
  })),
  ...Object.entries(unknownPaths).map(([what, path]): BadRequest => ({
    what: `finds nothing at ${what}`,
    bytes: get(path),
    status: 404,
    code: 'path_not_found',
  })),
  ...wrongMethods.map(([method, path, allow]): BadRequest => ({
    what: `refuses ${method} ${path}`,
    bytes: write({ method, path }),
    status: 405,
    code: 'method_not_allowed',
    allow,
  })),
  ...absentThings.map(([what, path, code]): BadRequest => ({
    what: `does not find ${what}`,
    bytes: get(path),
    status: 404,
    code,
  })),
  {
    what: 'books nothing on a resource that does not exist',
    bytes: post(`/api/cars/${absent}/allocations`, freeSpan),
    status: 404,
    code: 'resource_not_found',
  },
  {
    what: 'books nothing on a resource under another type',
    bytes: post(`/api/lorries/${ids.car}/allocations`, freeSpan),
    status: 404,
    code: 'resource_not_found',
  },
  {
    what: 'decommissions nothing that does not exist',
    bytes: write({ method: 'DELETE', path: `/api/cars/${absent}` }),
    status: 404,
    code: 'resource_not_found',
  },
  {
    what: 'names both bad ids of a path',
    bytes: get('/api/cars/x/allocations/y'),
    status: 422,
    code: 'invalid_input',
    pointers: ['{id}', '{allocation_id}'],
  },
]
