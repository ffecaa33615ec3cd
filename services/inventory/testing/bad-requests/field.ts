import { booking, bookings, car, cars, freeSpan, ids, patch, post } from './bad-request.ts'
import type { BadRequest } from './bad-request.ts'

const four = 'x'.repeat(4096)

/** What a resource cannot be, and the pointers that must say so. */
const badResources: [what: string, body: unknown, pointers: string[]][] = [
  ['no name', {}, ['#/name']],
  ['an empty name', { name: '' }, ['#/name']],
  ['a number for a name', { name: 5 }, ['#/name']],
  ['null for a name', { name: null }, ['#/name']],
  ['an array for a name', { name: ['A'] }, ['#/name']],
  ['an object for a name', { name: { text: 'A' } }, ['#/name']],
  ['a name of 101 characters', { name: 'x'.repeat(101) }, ['#/name']],
  ['a name of 6,000 characters', { name: 'x'.repeat(6000) }, ['#/name']],
  ['a NUL character in its name', { name: 'A\0B' }, ['#/name']],
  ['half a surrogate pair in its name', String.raw`{"name":"A\ud800"}`, ['#/name']],
  ['a surrogate pair in the wrong order', String.raw`{"name":"\udc00\ud800"}`, ['#/name']],
  ['a misspelt field', { name: 'A', propertys: {} }, ['#/propertys']],
  ['an id of its own', { name: 'A', id: ids.car }, ['#/id']],
  ['a type of its own', { name: 'A', resource_type: 'Truck' }, ['#/resource_type']],
  ['__proto__ among its fields', '{"name":"A","__proto__":{"admin":true}}', ['#/__proto__']],
  ['constructor among its fields', { name: 'A', constructor: { a: 1 } }, ['#/constructor']],
  ['a field without a name', { name: 'A', '': 1 }, ['#/']],
  ['a slash in a field name', { name: 'A', 'a/b': 1 }, ['#/a~1b']],
  ['a name twice, the last one bad', '{"name":"A","name":7}', ['#/name']],
  ['an array for its properties', { name: 'A', properties: [] }, ['#/properties']],
  ['a string for its properties', { name: 'A', properties: '{}' }, ['#/properties']],
  ['null for its properties', { name: 'A', properties: null }, ['#/properties']],
  ['properties over 4 KB', { name: 'A', properties: { a: four } }, ['#/properties']],
  ['two bad fields', { name: 5, properties: 5 }, ['#/name', '#/properties']],
  ['a bad and an unknown field', { name: 5, nam: 'A' }, ['#/name', '#/nam']],
]

/** What a booking cannot be beside a span that is free. */
const badBookings: [what: string, body: Record<string, unknown>, pointers: string[]][] = [
  ['a string for from_infinity', { from_infinity: 'true' }, ['#/from_infinity']],
  ['a number for to_infinity', { to_infinity: 1 }, ['#/to_infinity']],
  ['null for to_infinity', { to_infinity: null }, ['#/to_infinity']],
  ['a number for its start', { from_datetime: 1_800_000_000 }, ['#/from_datetime']],
  ['an array for its start', { from_datetime: ['2031-01-01T00:00:00Z'] }, ['#/from_datetime']],
  ['an object for its end', { to_datetime: {} }, ['#/to_datetime']],
  ['true for its end', { to_datetime: true }, ['#/to_datetime']],
  ['a reserved type', { allocation_type: 'decommissioned' }, ['#/allocation_type']],
  ['an empty type', { allocation_type: '' }, ['#/allocation_type']],
  ['a type in upper case', { allocation_type: 'Booking' }, ['#/allocation_type']],
  ['a type with a space', { allocation_type: 'my type' }, ['#/allocation_type']],
  ['a type of 21 characters', { allocation_type: 'x'.repeat(21) }, ['#/allocation_type']],
  ['a line break after its type', { allocation_type: 'booking\n' }, ['#/allocation_type']],
  ['a number for its type', { allocation_type: 5 }, ['#/allocation_type']],
  ['null for its type', { allocation_type: null }, ['#/allocation_type']],
  ['a description of 101 characters', { description: 'x'.repeat(101) }, ['#/description']],
  ['a NUL character in its description', { description: '\0' }, ['#/description']],
  ['a number for its description', { description: 5 }, ['#/description']],
  ['an array for its dump', { dump: [] }, ['#/dump']],
  ['a string for its dump', { dump: '{}' }, ['#/dump']],
  ['null for its dump', { dump: null }, ['#/dump']],
  ['a dump over 4 KB', { dump: { a: four } }, ['#/dump']],
  ['a dump over 4 KB in bytes only', { dump: { a: 'é'.repeat(2100) } }, ['#/dump']],
  ['a dump with 2,000 members', { dump: members(2000) }, ['#/dump']],
  ['an unknown field', { colour: 'red' }, ['#/colour']],
  ['a creator of its own', { created_by: 'somebody' }, ['#/created_by']],
  [
    'five bad fields',
    { from_datetime: 5, to_infinity: 'no', allocation_type: '', description: 5, dump: 5 },
    ['#/from_datetime', '#/to_infinity', '#/allocation_type', '#/description', '#/dump'],
  ],
  [
    'a day that does not exist, a reserved type and a dump over 4 KB',
    {
      from_datetime: '2031-02-30T00:00:00Z',
      allocation_type: 'decommissioned',
      dump: { a: four },
    },
    ['#/from_datetime', '#/allocation_type', '#/dump'],
  ],
]

/** Fields of the wrong type, size or name. */
export const badFields: BadRequest[] = [
  ...badResources.map(([what, body, pointers]): BadRequest => ({
    what: `refuses a resource with ${what}`,
    bytes: post(cars, body),
    status: 422,
    code: 'invalid_input',
    pointers,
  })),
  ...badBookings.map(([what, body, pointers]): BadRequest => ({
    what: `refuses a booking with ${what}`,
    bytes: post(bookings, { ...freeSpan, ...body }),
    status: 422,
    code: 'invalid_input',
    pointers,
  })),
  {
    what: 'refuses to rename to nothing, with an unknown field besides',
    bytes: patch(car, { name: '', nmae: 'B' }),
    status: 422,
    code: 'invalid_input',
    pointers: ['#/name', '#/nmae'],
  },
  {
    what: 'refuses to turn a booking into a decommissioning',
    bytes: patch(booking, { allocation_type: 'decommissioned' }),
    status: 422,
    code: 'invalid_input',
    pointers: ['#/allocation_type'],
  },
  {
    what: 'refuses to move a booking to another resource',
    bytes: patch(booking, { resource_id: ids.runway }),
    status: 422,
    code: 'invalid_input',
    pointers: ['#/resource_id'],
  },
]

function members(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, at]))
}
