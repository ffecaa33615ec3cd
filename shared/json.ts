import { ProblemError } from './problem.ts'

/** How deep a client's JSON may be nested. The deepest honest one here has five levels. */
export const jsonDepthMax = 64

const quote = 0x22
const backslash = 0x5c
const openingBracket = 0x5b
const closingBracket = 0x5d
const openingBrace = 0x7b
const closingBrace = 0x7d

/**
 * Parses JSON (RFC 8259) from a client, its depth bounded before anything is built.
 * @param parse what reads the text
 * @throws 400 when it is nested too deep; SyntaxError or TypeError when it is not JSON in UTF-8
 */
export function parseJson(
  bytes: Uint8Array,
  parse: (text: string) => unknown = JSON.parse,
): unknown {
  requireShallow(bytes)
  return parse(utf8.decode(bytes))
}

// A byte that is not UTF-8 is an error, not a replacement character in somebody's name.
const utf8 = new TextDecoder('utf-8', { fatal: true })

// In UTF-8 no byte of a longer character looks like one of these.
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
