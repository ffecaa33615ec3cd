import { describe, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { ProblemError } from '../../shared/problem.ts'
import type { PropertySchema } from '../../shared/schemas/resource-type.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useTables } from '../../shared/testing/use-tables.ts'
import { meetsConditions, readBodyConditions, readConditions } from './property-filter.ts'
import { inventoryTables } from './tables.ts'

const schema: PropertySchema = {
  type: 'object',
  properties: {
    seats: { type: 'integer' },
    weight: { type: 'number' },
    fuel: { type: 'string' },
    electric: { type: 'boolean' },
  },
  required: [],
  additionalProperties: false,
}
const open = { ...schema, additionalProperties: true }

const read = (where: string, given?: PropertySchema) =>
  readConditions(where, given).map(({ name, operator, value }) => [name, operator, value])
function faultOf(where: string, given?: PropertySchema): string {
  try {
    return JSON.stringify(readConditions(where, given))
  } catch (error) {
    expect((error as ProblemError).code).toBe('where_invalid')
    return (error as ProblemError).message.replace(/ Conditions on properties.*/, '')
  }
}

describe('conditions on properties', () => {
  it('are names, operators and values, separated by commas', () => {
    expect(read('seats>=5,fuel=diesel', schema)).toEqual([
      ['seats', '>=', '5'],
      ['fuel', '=', 'diesel'],
    ])
    for (const operator of ['=', '!=', '<', '<=', '>', '>=']) {
      expect(read(`seats${operator}5`)).toEqual([['seats', operator, '5']])
    }
    expect([readConditions(undefined), readConditions('')]).toEqual([[], []])
    expect(read('fuel= any kind ')).toEqual([['fuel', '=', 'any kind']])
  })

  it('have a value with a comma or a quote as a JSON string', () => {
    expect(read('fuel="red, \\"blue\\"",seats=5')).toEqual([
      ['fuel', '=', 'red, "blue"'],
      ['seats', '=', '5'],
    ])
    expect(faultOf('fuel="\\x"')).toContain('"\\x" is not a valid JSON string')
  })

  it.each(['"\\u0000"', '"\\ud800"'])(
    'are refused with the value %s, which none can have',
    (value) => {
      expect(faultOf(`fuel=${value}`)).toContain(`${value} contains a NUL or a lone surrogate`)
    },
  )

  it('that cannot be read are refused where the fault begins', () => {
    expect(faultOf('seats=5,Fuel=diesel')).toContain('Invalid condition at "Fuel=diesel"')
    expect(faultOf('fuel="red"x')).toContain('Invalid condition at')
    expect(faultOf('seats=5,')).toContain('It ends with a comma')
  })

  it('are ten at most', () => {
    const many = (count: number) => Array.from({ length: count }, () => 'seats=5').join()
    expect(read(many(10))).toHaveLength(10)
    expect(faultOf(many(11))).toContain('more than 10 conditions')
  })

  it('name properties of the type, unless it has any', () => {
    expect(faultOf('doors=5', schema)).toContain(
      'The type has no property doors. Properties: seats, weight, fuel, electric.',
    )
    expect(faultOf('constructor=5', schema)).toContain('The type has no property constructor')
    expect(read('doors=5', open)).toHaveLength(1)
    expect(read('doors=5')).toHaveLength(1)
  })

  it('compare with a number what is one', () => {
    const ordered = ['seats<5', 'weight>=2.5', 'weight<-0.5', 'seats=5', 'seats!=5']
    for (const where of ordered) expect(read(where, schema)).toHaveLength(1)
    for (const where of ['seats<many', 'seats=many', 'weight!=2.', 'weight=1e3']) {
      expect(faultOf(where, schema)).toContain('is compared with a number, such as 5 or 2.5')
    }
    expect(faultOf('weight=1234567890123456')).not.toContain('number')
    expect(faultOf('weight=1234567890123456', schema)).toContain('compared with a number')
  })

  it('order no text and no boolean', () => {
    for (const where of ['fuel<5', 'electric>=1']) {
      expect(faultOf(where, schema)).toContain('has no order: use = or !=')
    }
    for (const where of ['fuel=5', 'fuel!=diesel', 'electric=true']) {
      expect(read(where, schema)).toHaveLength(1)
    }
  })

  it('take a property without a rule for either', () => {
    for (const where of ['doors=5', 'doors=red', 'doors<5'])
      expect(read(where, open)).toHaveLength(1)
    expect(faultOf('doors<red', open)).toContain('doors is compared with a number')
  })

  it('of a body are refused at their place there', () => {
    const fault = (where: string) => {
      try {
        return readBodyConditions(where, schema, '#/where')
      } catch (error) {
        return error
      }
    }
    expect(fault('seats=5')).toHaveLength(1)
    expect(fault('seats5')).toMatchObject({
      code: 'where_invalid',
      members: {
        errors: [{ pointer: '#/where', detail: expect.stringMatching(/^Invalid condition/) }],
      },
    })
  })
})

describeStores('resources that meet conditions', (makeDatabase) => {
  const all = [{ seats: 5 }, { seats: 10 }, { seats: '5' }, { fuel: 'diesel' }, { electric: true }]
  const store = useTables(makeDatabase, () => {
    const rows = all.map((one, at) => `(${at}, '${JSON.stringify(one)}')`)
    return `CREATE TABLE resources (number INTEGER, properties TEXT);
      INSERT INTO resources VALUES ${rows.join()}`
  })

  it.each([
    ['seats=5', [0, 2]],
    ['seats!=5', [1]],
    ['seats>=5', [0, 1]],
    ['seats>5', [1]],
    ['seats<10', [0]],
    ['seats<=10', [0, 1]],
    ['seats!=many', [2]],
    ['fuel=diesel', [3]],
    ['fuel!=diesel', []],
    ['fuel!=petrol', [3]],
    ['electric=true', [4]],
    ['seats>=5,seats!=5', [1]],
    ['', [0, 1, 2, 3, 4]],
  ])('%s', async (where, expected) => {
    const { resources } = inventoryTables(store().columns)
    const meets = meetsConditions(store(), resources, readConditions(where)) ?? sql`true`
    const rows = await store().rows<{ number: number }>(
      sql`SELECT number FROM resources WHERE ${meets} ORDER BY number`,
    )
    expect(rows.map(({ number }) => number)).toEqual(expected)
  })
})
