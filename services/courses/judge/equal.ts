import { isIntegerLiteral, isWrittenNumber } from '../../../shared/exact-json.ts'

// Relative to the larger number, or to 1 near zero: enough for rounding, too little for a mistake.
const tolerance = 1e-9

/**
 * Whether a value equals the expected one, both as parsed by `parseExact`; the order of members is
 * ignored. An expected integer must match exactly, however large; an expected fraction (`0.3`, also
 * `3.0`) within a billionth. -0 is 0.
 */
export function isEqual(value: unknown, expected: unknown): boolean {
  const wanted = readNumber(expected)
  if (wanted !== undefined) {
    const number = readNumber(value)
    return number !== undefined && isSameNumber(number, wanted)
  }
  if (Array.isArray(value) && Array.isArray(expected)) {
    return (
      value.length === expected.length && expected.every((item, at) => isEqual(value[at], item))
    )
  }
  if (isObject(value) && isObject(expected)) {
    const names = Object.keys(expected)
    return (
      names.length === Object.keys(value).length &&
      names.every((name) => Object.hasOwn(value, name) && isEqual(value[name], expected[name]))
    )
  }
  return value === expected
}

/** An exact integer, or a fraction. */
function readNumber(value: unknown): bigint | number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (!isWrittenNumber(value)) return undefined
  return isIntegerLiteral(value.rawJSON) ? BigInt(value.rawJSON) : Number(value.rawJSON)
}

function isSameNumber(value: bigint | number, wanted: bigint | number): boolean {
  if (typeof wanted === 'bigint') {
    if (typeof value === 'bigint') return value === wanted
    return Number.isInteger(value) && BigInt(value) === wanted
  }
  const number = Number(value)
  if (!Number.isFinite(number)) return false
  return Math.abs(number - wanted) <= tolerance * Math.max(1, Math.abs(number), Math.abs(wanted))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isWrittenNumber(value)
  )
}
