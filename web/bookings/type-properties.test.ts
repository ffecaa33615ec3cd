import { expect, it } from 'bun:test'
import type { PropertySchema } from '../../shared/schemas/resource-type.ts'
import { emptyProperty, toPropertyRows, toPropertySchema } from './type-properties.ts'

const schema: PropertySchema = {
  type: 'object',
  properties: {
    seats: { type: 'integer', title: 'Seats', minimum: 1, maximum: 9 },
    fuel: { type: 'string', title: 'Fuel', enum: ['diesel', 'electric'] },
    axles: { type: 'integer', enum: [2, 3] },
  },
  required: ['fuel'],
  additionalProperties: false,
}

it('keeps properties that nobody changed, also what no form shows', () => {
  const { properties, required } = schema
  const axles = { ...properties['axles'], title: 'axles' }
  expect(toPropertySchema(toPropertyRows(schema))).toEqual({
    properties: { ...properties, axles } as PropertySchema['properties'],
    required,
  })
})

it('keeps the values of a choice that nobody changed, with their commas', () => {
  const values = ['Diesel, Euro 6', 'Petrol']
  const fuel = { type: 'string' as const, title: 'Fuel', enum: values }
  const rows = toPropertyRows({ ...schema, properties: { fuel } })
  expect(toPropertySchema(rows).properties).toEqual({ fuel })
  const changed = toPropertySchema(rows.map((row) => ({ ...row, values: 'Gas, Petrol' })))
  expect(changed.properties).toMatchObject({ fuel: { enum: ['Gas', 'Petrol'] } })
})

it('keeps the name of one with another title, and adds others', () => {
  const [seats, ...rest] = toPropertyRows(schema)
  if (!seats) throw new Error('no seats')
  const payload = { ...emptyProperty, title: 'Max. payload (t)', kind: 'number' as const }
  const changed = toPropertySchema([{ ...seats, title: 'Places' }, ...rest, payload])
  expect(changed.properties).toMatchObject({
    seats: { type: 'integer', title: 'Places', maximum: 9 },
    max_payload_t: { type: 'number', title: 'Max. payload (t)' },
  })
})

it('refuses two of the same name, of which one would be lost', () => {
  const rows = [...toPropertyRows(schema), { ...emptyProperty, title: 'seats' }]
  expect(() => toPropertySchema(rows)).toThrow()
})
