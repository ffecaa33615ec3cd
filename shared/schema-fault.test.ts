import { Type, type TProperties, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { describe, expect, it } from 'bun:test'
import * as allocation from './schemas/allocation.ts'
import * as book from './schemas/book.ts'
import * as course from './schemas/course.ts'
import * as file from './schemas/file.ts'
import { text } from './schemas/primitive.ts'
import * as rating from './schemas/rating.ts'
import * as resource from './schemas/resource.ts'
import * as resourceType from './schemas/resource-type.ts'
import * as submission from './schemas/submission.ts'
import * as user from './schemas/user.ts'
import { listFaults } from './schema-fault.ts'

const modules = [allocation, book, course, file, rating, resource, resourceType, submission, user]
const models = modules
  .flatMap((module) => Object.entries(module))
  .filter((entry): entry is [string, TSchema] => (entry[1] as TSchema).type === 'object')

// Each makes one thing wrong, or nothing.
const strange = [
  undefined,
  null,
  true,
  -1,
  0,
  1.5,
  1e12,
  Number.NaN,
  '',
  'a',
  'A valid text',
  'x'.repeat(300),
  '\0',
  '\ud800',
  '2027-01-31',
  '0197a1f0-0000-7000-8000-000000000000',
  'f'.repeat(64),
  '2027-01-31T09:00:00Z',
  'anna@example.org',
  [],
  [1],
  {},
  { a: 1 },
  JSON.parse('{"__proto__":1}') as unknown,
]

describe('faults of a value', () => {
  it('exist exactly if TypeBox refuses it', () => {
    expect(models.length).toBeGreaterThan(30)
    for (const [name, schema] of models) {
      for (const value of [...strange, ...listVariants(schema)]) {
        expect([name, value, listFaults(schema, value).length === 0]).toEqual([
          name,
          value,
          Value.Check(schema, value),
        ])
      }
    }
  })

  it('say for each place what to send instead', () => {
    const schema = Type.Object(
      {
        name: Type.String({ maxLength: 3 }),
        code: Type.String({ pattern: '^a+$', description: 'the letter a' }),
        size: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Null()])),
        kind: Type.Union([Type.Literal('one'), Type.Literal('two')]),
        tags: Type.Array(Type.String(), { maxItems: 2 }),
      },
      { additionalProperties: false },
    )
    const value = { name: 'long', code: 'b', size: 0, tags: ['a', 1], other: 1 }
    expect(listFaults(schema, value).map(({ path, detail }) => [path.join('/'), detail])).toEqual([
      ['name', 'At most 3 characters'],
      ['code', 'Expected: the letter a'],
      ['size', 'At least 1'],
      ['kind', 'Required'],
      ['tags/1', 'Expected text'],
      ['other', 'Unknown field'],
    ])
  })

  it('are limited to a readable number', () => {
    const schema = Type.Object({}, { additionalProperties: false })
    const value = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`m${at}`, 1]))
    expect(listFaults(schema, value)).toHaveLength(64)
    const [fault] = listFaults(schema, { ['x'.repeat(60_000)]: 1 })
    expect(fault?.path[0]).toHaveLength(100)
  })

  it('count characters, not surrogates', () => {
    const schema = text(3, 2)
    const said = (value: string) => listFaults(schema, value).map(({ detail }) => detail)
    for (const value of ['𝄞𝄞', '𝄞𝄞𝄞', 'abc']) {
      expect([value, Value.Check(schema, value), said(value)]).toEqual([value, true, []])
    }
    for (const [value, detail] of [
      ['𝄞', 'At least 2 characters'],
      ['𝄞𝄞𝄞𝄞', 'At most 3 characters'],
      ['abcd', 'At most 3 characters'],
      ['a'.repeat(7), 'At most 3 characters'],
    ] as const) {
      expect([value, Value.Check(schema, value), said(value)]).toEqual([value, false, [detail]])
    }
  })

  it('run no pattern over strings that are too long', () => {
    // Ambiguous on purpose: over 60,000 letters it would not end in a lifetime.
    const schema = Type.String({ maxLength: 10, pattern: '^(a+)+$' })
    expect(listFaults(schema, `${'a'.repeat(60_000)}!`)).toEqual([
      { path: [], detail: 'At most 10 characters' },
    ])
  })
})

// A value that fits, and the same with each member replaced, or without it.
function listVariants(schema: TSchema): unknown[] {
  const members = Object.entries(
    (schema as TSchema & { properties?: TProperties }).properties ?? {},
  )
  const fitting = Object.fromEntries(
    members.map(([name, member]) => [name, strange.find((value) => Value.Check(member, value))]),
  )
  return [
    fitting,
    { ...fitting, other: 1 },
    ...members.flatMap(([name]) => strange.map((value) => ({ ...fitting, [name]: value }))),
  ].map(withoutUndefined)
}

// JSON has no undefined: what has none is not there.
function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}
