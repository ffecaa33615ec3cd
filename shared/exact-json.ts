/**
 * A number with its original digits, where a double would lose something: an integer past 2^53, or
 * `3.0`, which is meant as a fraction. `JSON.stringify` writes it unchanged.
 */
export interface WrittenNumber {
  readonly rawJSON: string
}

/** For `parse` of a route whose numbers must be exact: see `parseExact`. */
export const exactNumbers = () => undefined

/**
 * Parses JSON (RFC 8259) without losing digits of numbers: `JSON.stringify` restores them. Where
 * the engine lacks `JSON.rawJSON` (ECMAScript 2026), it is `JSON.parse`.
 * @throws SyntaxError when it is not JSON, RangeError when it is nested too deeply
 */
export function parseExact(text: string): unknown {
  return JSON.parse(text, exact.rawJSON ? keepDigits : undefined)
}

export function isWrittenNumber(value: unknown): value is WrittenNumber {
  return exact.isRawJSON?.(value) ?? false
}

export const isIntegerLiteral = (digits: string) => /^-?\d+$/.test(digits)

function keepDigits(_: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  if (typeof value !== 'number') return value
  const isExact = isIntegerLiteral(source)
    ? Number.isSafeInteger(value)
    : Number.isFinite(value) && !Number.isInteger(value)
  return isExact ? value : (exact.rawJSON?.(source) ?? value)
}

// Newer than TypeScript's own declarations.
interface ExactJson extends JSON {
  rawJSON?: (text: string) => WrittenNumber
  isRawJSON?: (value: unknown) => boolean
}
const exact: ExactJson = JSON
