import { ProblemError } from './problem.ts'

/** The nesting allowed in a client's JSON. No legitimate body here has more than five levels. */
export const jsonDepthMax = 64

const quote = 0x22
const backslash = 0x5c
const openingBracket = 0x5b
const closingBracket = 0x5d
const openingBrace = 0x7b
const closingBrace = 0x7d

/**
 * Parses JSON (RFC 8259) from a client; its depth is checked before anything is built.
 * @param parse the parser; by default numbers become doubles, and none may lose digits
 * @throws 400 when it is nested too deeply, 422 for an integer past 2^53 or a number beyond the
 *   range of doubles; SyntaxError or TypeError when it is not JSON in UTF-8
 */
export function parseJson(
  bytes: Uint8Array,
  parse: (text: string) => unknown = parseDoubles,
): unknown {
  requireShallow(bytes)
  return parse(utf8.decode(bytes))
}

function parseDoubles(text: string): unknown {
  return JSON.parse(text, mayBeLarge.test(text) ? requireExact : undefined)
}

// Most bodies have neither, and need no look at each value.
const mayBeLarge = /\d{16}|\d[eE]/

function requireExact(
  _: string,
  value: unknown,
  { source = '' }: { source?: string } = {},
): unknown {
  if (typeof value !== 'number') return value
  if (/^-?\d+$/.test(source) ? Number.isSafeInteger(value) : Number.isFinite(value)) return value
  throw new ProblemError({
    status: 422,
    code: 'number_too_large',
    detail: `${source.slice(0, 50)} cannot be kept exactly: integers end at 2^53. Send it as text.`,
  })
}

// A byte that is not UTF-8 is an error, not a replacement character in somebody's name.
const utf8 = new TextDecoder('utf-8', { fatal: true })

// In UTF-8 no byte of a multi-byte character equals one of these.
function requireShallow(bytes: Uint8Array): void {
  let depth = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === backslash) at++
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === openingBracket || byte === openingBrace) {
      if (++depth > jsonDepthMax) throw tooDeep()
    } else if (byte === closingBracket || byte === closingBrace) depth--
  }
}

function tooDeep(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'json_too_deep',
    detail: `The JSON may be nested at most ${jsonDepthMax} levels deep.`,
  })
}
