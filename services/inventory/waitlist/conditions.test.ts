import { describe, expect, it } from 'bun:test'
import type { PropertySchema } from '../../../shared/schemas/resource-type.ts'
import { toWhere, writeConditions } from './conditions.ts'
import { readDuration, toDuration } from './duration.ts'

const schema: PropertySchema = {
  type: 'object',
  properties: {},
  required: [],
  additionalProperties: true,
}
const kindOf = (where: string) =>
  (JSON.parse(writeConditions(where, schema)) as { as: string }[]).map((one) => one.as)

describe('the conditions of an entry', () => {
  it('compare numbers in order, and for equality whatever a property is', () => {
    expect(kindOf('seats>=5,seats=5,seats!=5,fuel=diesel,fuel!=diesel')).toEqual(
      'number either either text text'.split(' '),
    )
    expect(kindOf('')).toEqual([])
  })

  it.each(['seats>=5,fuel=diesel', 'fuel="red, blue"', String.raw`fuel="a \"b\""`, 'fuel=" a"'])(
    'are shown as they were written: %s',
    (where) => expect(toWhere(writeConditions(where, schema))).toBe(where),
  )

  it('are none without any', () => {
    expect(toWhere(writeConditions(undefined, schema))).toBeNull()
  })
})

describe('a duration', () => {
  it('is days, hours, minutes and seconds', () => {
    expect(readDuration('P1DT2H3M4S')).toBe((((24 + 2) * 60 + 3) * 60 + 4) * 1000)
    expect(readDuration('PT90M')).toBe(90 * 60_000)
    expect(readDuration('3 hours')).toBeUndefined()
  })

  it.each(['PT26H3M4S', 'PT3H', 'PT15M', 'PT45S', 'PT1H1S'])('is shown as %s', (text) => {
    expect(toDuration(readDuration(text) ?? 0)).toBe(text)
  })
})
