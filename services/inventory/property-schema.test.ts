import { describe, expect, it } from 'bun:test'
import type { FieldError } from '../../shared/problem.ts'
import type { JsonObject } from '../../shared/schemas/primitive.ts'
import type { NewPropertySchema, PropertyRule } from '../../shared/schemas/resource-type.ts'
import { checkProperties, readPropertySchema } from './property-schema.ts'

function faultsOfSchema(given: NewPropertySchema): string[] {
  const errors: FieldError[] = []
  readPropertySchema(given, errors)
  return errors.map(({ pointer, detail }) => `${pointer}: ${detail}`)
}
const faultOfRule = (rule: PropertyRule) => {
  const [fault, ...others] = faultsOfSchema({ properties: { it: rule } })
  expect(others).toEqual([])
  return fault?.replace('#/property_schema/properties/it: ', '')
}

describe('the property rules of a type', () => {
  it('are no properties at all by default', () => {
    expect(readPropertySchema({}, [])).toEqual({
      type: 'object',
      properties: {},
      required: [],
      additionalProperties: false,
    })
  })

  it('are at most thirty', () => {
    const rules = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`p${at}`, { type: 'string' as const }]),
      )
    expect(faultsOfSchema({ properties: rules(30) })).toEqual([])
    expect(faultsOfSchema({ properties: rules(31) })).toEqual([
      '#/property_schema/properties: At most 30 properties.',
    ])
  })

  it('are at most 8192 bytes', () => {
    const size = (given: NewPropertySchema) =>
      Buffer.byteLength(JSON.stringify(readPropertySchema(given, [])))
    const choices = Array.from({ length: 10 }, (_, at) => `${at}`)
    const given = (length: number) => ({
      properties: { it: { type: 'string' as const, enum: [...choices, 'x'.repeat(length)] } },
    })
    const free = 8192 - size(given(0))
    expect(faultsOfSchema(given(free)).filter((fault) => fault.includes('bytes'))).toEqual([])
    expect(faultsOfSchema(given(free + 1))).toContain(
      '#/property_schema: At most 8192 bytes as JSON.',
    )
  })

  it('have names of lower-case letters, digits and underscores', () => {
    for (const name of ['Seats', '1st', 'no-no', 'a'.repeat(41)]) {
      expect(faultsOfSchema({ properties: { [name]: { type: 'string' } } })).toEqual([
        expect.stringContaining('A name is a lower-case letter'),
      ])
    }
    expect(faultsOfSchema({ properties: { a1_b: { type: 'string' } } })).toEqual([])
  })

  it('require only what they have', () => {
    const properties = { seats: { type: 'integer' as const } }
    expect(faultsOfSchema({ properties, required: ['seats', 'toString'] })).toEqual([
      '#/property_schema/required/1: Not one of the properties.',
    ])
  })

  it('bound numbers by value and texts by length', () => {
    const number = 'Only a number has a minimum or maximum.'
    const text = 'Only a string has a length.'
    expect(faultOfRule({ type: 'string', minimum: 1 })).toBe(number)
    expect(faultOfRule({ type: 'boolean', maximum: 1 })).toBe(number)
    expect(faultOfRule({ type: 'integer', minLength: 1 })).toBe(text)
    expect(faultOfRule({ type: 'boolean', maxLength: 1 })).toBe(text)
    expect(faultOfRule({ type: 'number', minimum: 1, maximum: 1 })).toBeUndefined()
    expect(faultOfRule({ type: 'integer', minimum: 1 })).toBeUndefined()
    expect(faultOfRule({ type: 'integer', maximum: 1 })).toBeUndefined()
    expect(faultOfRule({ type: 'string', minLength: 2, maxLength: 2 })).toBeUndefined()
    expect(faultOfRule({ type: 'string', minLength: 2 })).toBeUndefined()
    expect(faultOfRule({ type: 'string', maxLength: 2 })).toBeUndefined()
  })

  it('that nothing could meet are refused', () => {
    expect(faultOfRule({ type: 'number', minimum: 2, maximum: 1 })).toBe(
      'The minimum is above the maximum.',
    )
    expect(faultOfRule({ type: 'string', minLength: 2, maxLength: 1 })).toBe(
      'The minimum length is above the maximum.',
    )
  })

  it('have choices that differ and meet the rule', () => {
    expect(faultOfRule({ type: 'string', enum: ['a', 'b'] })).toBeUndefined()
    expect(faultOfRule({ type: 'string', enum: ['a', 'a'] })).toBe(
      'The enum has a duplicate value.',
    )
    expect(faultOfRule({ type: 'integer', enum: [1, 2], maximum: 1 })).toBe(
      '2 does not match its own rule.',
    )
    expect(faultOfRule({ type: 'integer', enum: ['a'] })).toBe('"a" does not match its own rule.')
    expect(faultOfRule({ type: 'boolean', enum: ['true'] })).toBe('A boolean cannot have an enum.')
    expect(faultOfRule({ type: 'boolean' })).toBeUndefined()
  })
})

describe('the properties of a resource', () => {
  const given: NewPropertySchema = {
    properties: {
      seats: { type: 'integer', minimum: 1 },
      fuel: { type: 'string', enum: ['diesel', 'petrol'] },
      note: { type: 'string' },
      plate: { type: 'string', maxLength: 3 },
    },
    required: ['seats'],
  }
  function faults(properties: JsonObject, more: NewPropertySchema = {}) {
    const errors: FieldError[] = []
    checkProperties(readPropertySchema({ ...given, ...more }, []), properties, errors)
    return errors.map(({ pointer, detail }) => `${pointer}: ${detail}`)
  }

  it('are those of its type, each by its rule', () => {
    expect(faults({ seats: 5, fuel: 'diesel', note: 'x'.repeat(1000), plate: 'abc' })).toEqual([])
    expect(faults({ seats: 0 })).toEqual([expect.stringContaining('#/properties/seats: ')])
    expect(faults({ seats: 5, fuel: 'coal' })).toEqual([
      '#/properties/fuel: Expected one of "diesel", "petrol"',
    ])
    expect(faults({ seats: 5, plate: 'abcd' })).toHaveLength(1)
  })

  it('are complete', () => {
    expect(faults({})).toEqual(['#/properties/seats: Required'])
    expect(faults({ toString: 1 }, { properties: {}, required: [] })).toHaveLength(1)
  })

  it('have texts of a thousand characters at most', () => {
    expect(faults({ seats: 5, note: '🚗'.repeat(1000) })).toEqual([])
    expect(faults({ seats: 5, note: 'x'.repeat(1001) })).toHaveLength(1)
  })

  it('that are unknown are refused with the known ones, unless the type has any', () => {
    expect(faults({ seats: 5, doors: 5 })).toEqual([
      '#/properties/doors: Unknown property. Properties: seats, fuel, note, plate.',
    ])
    expect(faults({ doors: 5 }, { properties: {}, required: [] })).toEqual([
      '#/properties/doors: Unknown property. The type has none.',
    ])
    expect(faults({ seats: 5, doors: 5 }, { additionalProperties: true })).toEqual([])
  })

  it('have thirty faults at most', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`x${at}`, 1]))
    expect(faults(many)).toHaveLength(30)
  })
})
