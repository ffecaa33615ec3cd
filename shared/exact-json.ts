/**
 * A number in the digits in which it was written, where a double holds less than they say: an
 * integer past 2^53, or `3.0`, which is meant as a fraction. `JSON.stringify` writes it as it was.
 */
export interface WrittenNumber {
  readonly rawJSON: string
}

/** For `parse` of a route whose numbers are more than doubles: see `parseExact`. */
export const exactNumbers = () => undefined

/**
 * Reads JSON (RFC 8259) and loses nothing of its numbers: `JSON.stringify` gives back what was
 * meant. Where the engine cannot (no ECMAScript 2026 `JSON.rawJSON`), it is `JSON.parse`.
 * @throws SyntaxError when it is not JSON, RangeError when it is nested too deep to be read
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
