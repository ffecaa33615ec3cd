import { describe, expect, it } from 'bun:test'
import { parseExact } from '../../../shared/exact-json.ts'
import { isEqual } from './equal.ts'

// As they travel: what was returned, what was expected.
const isSame = (returned: string, expected: string) =>
  isEqual(parseExact(returned), parseExact(expected))

describe('equality', () => {
  it.each([
    ['3', '3'],
    ['3.0', '3'],
    ['-0', '0'],
    ['0', '-0'],
    ['6227020800', '6227020800'],
    ['9007199254740993', '9007199254740993'],
    ['265252859812191058636308480000000', '265252859812191058636308480000000'],
    ['1e+22', '10000000000000000000000'],
    ['0.30000000000000004', '0.3'],
    ['2.9999999999999996', '3.0'],
    ['3', '3.0'],
    ['100000000000000000000.5', '100000000000000000000.0'],
    ['[1, {"a": "b"}]', '[1,{"a":"b"}]'],
    ['{"b": 2, "a": 1}', '{"a":1,"b":2}'],
    ['null', 'null'],
  ])('%s is %s', (returned, expected) => {
    expect(isSame(returned, expected)).toBe(true)
  })

  it.each([
    ['6227020801', '6227020800'],
    ['3.0000000001', '3'],
    ['2.9999999999999996', '3'],
    ['9007199254740992', '9007199254740993'],
    ['265252859812191058636308480000001', '265252859812191058636308480000000'],
    ['1e+22', '10000000000000000000001'],
    ['0.30000001', '0.3'],
    ['1e400', '1e300'],
    ['"1"', '1'],
    ['true', '1'],
    ['0', 'null'],
    ['[]', '{}'],
    ['[1]', '[1,2]'],
    ['{"a":1}', '{"a":1,"b":2}'],
    ['{"a":1}', '{"b":1}'],
    ['{}', '{"__proto__":{}}'],
    ['{}', '9007199254740993'],
    ['9007199254740993', '{}'],
    ['{"rawJSON":"3.0"}', '3.0'],
    ['"a"', '"A"'],
  ])('%s is not %s', (returned, expected) => {
    expect(isSame(returned, expected)).toBe(false)
  })
})

describe('exact JSON', () => {
  it.each(['[9007199254740993,3.0,1e2,0.1,-1]', '{"a":[1e400,12345678901234567890]}', '"3.0"'])(
    'is written as it was read: %s',
    (text) => expect(JSON.stringify(parseExact(text))).toBe(text),
  )
})
