/** Code and comments of one file, each at the original offsets, the rest blanked out. */
export interface Source {
  /** Without comments and quoted text. */
  code: string
  /** The comments alone. */
  comments: string
}

export interface Import {
  specifier: string
  /** `import type` or `export type`: gone when the program runs. */
  typeOnly: boolean
  line: number
}

// TypeScript 7 ships no parser that runs in this process, so this reads tokens, not a tree. Each
// pattern is tried at the current position, in this order.
const comment = /\/\/[^\n]*|\/\*[^]*?\*\//y
const quoted = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y
const regularExpression = /\/(?![*/>])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const template = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y
const word = /[\w$]+/y

// After these a slash opens a regular expression; after a name, a number or a bracket it divides.
const beforeExpression = /(?:^|[=(,:;!&|?{}[+\-*%~^>]|\b(?:return|typeof|case|in|of|await))\s*$/

// A dozen rules read the same files.
const known = new Map<string, Source>()

/** Separates code from comments and quoted text. */
export function readSource(text: string): Source {
  const source = known.get(text) ?? separate(text)
  known.set(text, source)
  return source
}

function separate(text: string): Source {
  const code: string[] = []
  const comments: string[] = []
  // One entry for each open brace; true where it belongs to `${` of a template.
  const braces: boolean[] = []
  let at = 0

  const match = (pattern: RegExp) => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0] ?? ''
  }
  const take = (part: string, kind: 'code' | 'comment' | 'text') => {
    code.push(kind === 'code' ? part : blank(part))
    comments.push(kind === 'comment' ? part : blank(part))
    at += part.length
  }
  const takeQuoted = (part: string) => {
    take(part.charAt(0), 'code')
    take(part.slice(1, -1), 'text')
    take(part.slice(-1), 'code')
  }
  const takeTemplate = () => {
    take(match(template), 'text')
    if (text.startsWith('${', at)) {
      braces.push(true)
      take('${', 'code')
    } else {
      take(text.charAt(at), 'code')
    }
  }
  const mayBeExpression = () => beforeExpression.test(code.slice(-3).join('').trimEnd())

  while (at < text.length) {
    const character = text.charAt(at)
    if (character === '/' && match(comment)) take(match(comment), 'comment')
    else if ((character === "'" || character === '"') && match(quoted)) takeQuoted(match(quoted))
    else if (character === '/' && match(regularExpression) && mayBeExpression())
      takeQuoted(match(regularExpression))
    else if (character === '`') {
      take('`', 'code')
      takeTemplate()
    } else if (character === '}' && braces.pop()) {
      take('}', 'code')
      takeTemplate()
    } else {
      if (character === '{') braces.push(false)
      take(match(word) || character, 'code')
    }
  }
  return { code: code.join(''), comments: comments.join('') }
}

/** All modules that a file names: imports, re-exports and import() with a fixed name. */
export function readImports(text: string): Import[] {
  const { code } = readSource(text)
  const pattern =
    /\b(?:(?:import|export)(\s+type\b)?(?:[\w\s{},*$]*?\bfrom)?|import\s*\()\s*(['"])(\s*)\2/g
  return [...code.matchAll(pattern)].map((found) => {
    const end = found.index + found[0].length - 1
    return {
      specifier: text.slice(end - (found[3]?.length ?? 0), end),
      typeOnly: found[1] !== undefined,
      line: lineOf(text, found.index),
    }
  })
}

/** The line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** The lines in which a pattern (with the flag g) occurs. */
export function linesWith(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((found) => lineOf(text, found.index))
}

function blank(part: string): string {
  return part.replace(/[^\n]/g, ' ')
}
