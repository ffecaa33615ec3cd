import { lineOf } from './source.ts'

export interface FunctionSpan {
  /** First line, from 1. */
  line: number
  /**
   * Excluding nested functions: a factory of small functions is small, and so is a
   * `describe` of small tests.
   */
  lines: number
}

interface Span {
  start: number
  end: number
}

const closing: Record<string, string> = { '(': ')', '[': ']', '{': '}' }

// `name(…) {` opens a method unless the name is one of these.
const control = /^(?:if|for|while|switch|catch|with|super|return|function)$/

/** Finds functions with a body in code without comments and quoted text. */
export function readFunctions(code: string): FunctionSpan[] {
  const spans = [...arrowBodies(code), ...namedBodies(code)].flatMap(({ start, body }) => {
    const end = closeOf(code, body)
    return end === undefined ? [] : [{ start, end }]
  })
  return spans.map((span) => {
    const inside = spans.filter((other) => isInside(other, span))
    const direct = inside.filter((other) => !inside.some((between) => isInside(other, between)))
    const foreign = direct.map((other) => lineOf(code, other.end) - lineOf(code, other.start))
    const lines = lineOf(code, span.end) - lineOf(code, span.start) + 1
    return {
      line: lineOf(code, span.start),
      lines: foreign.reduce((left, some) => left - some, lines),
    }
  })
}

function isInside(inner: Span, outer: Span): boolean {
  return inner.start > outer.start && inner.end < outer.end
}

function arrowBodies(code: string): { start: number; body: number }[] {
  return [...code.matchAll(/=>\s*[{(]/g)].map((found) => ({
    start: found.index,
    body: found.index + found[0].length - 1,
  }))
}

/** `function name(…): Type {` and methods `name(…): Type {`. */
function namedBodies(code: string): { start: number; body: number }[] {
  const heads = /\bfunction\b\s*\*?\s*[\w$]*\s*(?:<[^(]*>)?\(|(?<![.\w$])([\w$]+)\s*\(/g
  return [...code.matchAll(heads)].flatMap((found) => {
    const name = found[1]
    if (name !== undefined && control.test(name)) return []
    const close = closeOf(code, found.index + found[0].length - 1)
    if (close === undefined) return []
    const body = name === undefined ? afterType(code, close + 1) : afterPlainType(code, close + 1)
    return body === undefined ? [] : [{ start: found.index, body }]
  })
}

/** The `{` of the body after a return type of any form: one that cannot belong to a type. */
function afterType(code: string, from: number): number | undefined {
  let at = from
  while (at < code.length) {
    const character = code.charAt(at)
    if (character === '{' && !/(?:[:&|<,(]|=>)\s*$/.test(code.slice(from, at))) return at
    at = character in closing ? (closeOf(code, at) ?? code.length) + 1 : at + 1
  }
  return undefined
}

function afterPlainType(code: string, from: number): number | undefined {
  const found = /^\s*(?::[\w\s.<>[\]|]+)?\{/.exec(code.slice(from, from + 200))
  return found ? from + found[0].length - 1 : undefined
}

function closeOf(code: string, open: number): number | undefined {
  const opener = code.charAt(open)
  const closer = closing[opener]
  let depth = 0
  for (let at = open; at < code.length; at++) {
    const character = code.charAt(at)
    if (character === opener) depth++
    if (character === closer && --depth === 0) return at
  }
  return undefined
}
