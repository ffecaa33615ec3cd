import { parseSync } from 'oxc-parser'

/** One deliberate bug: a replacement for the text between two offsets. */
export interface Mutant {
  /** Line of the change, from 1. */
  line: number
  start: number
  end: number
  replacement: string
  /** What was changed, for a reader: `=== → !==`. */
  change: string
}

interface Node {
  type: string
  start: number
  end: number
  [key: string]: unknown
}

interface Edit {
  start: number
  end: number
  replacement: string
}

const otherOperator: Record<string, string> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
}

// The rules of this system are in SQL; these are the operators that matter there.
const otherInSql: [RegExp, string][] = [
  [/(?<=\s)AND(?=\s)/g, 'OR'],
  [/(?<=\s)OR(?=\s)/g, 'AND'],
  [/(?<=\s)<(?=\s)/g, '<='],
  [/(?<=\s)<=(?=\s)/g, '<'],
  [/(?<=\s)>(?=\s)/g, '>='],
  [/(?<=\s)>=(?=\s)/g, '>'],
  [/(?<=\b(?:WHERE|AND|ON)\s+[\w.]+\s)=(?=\s)/g, '<>'],
  [/(?<=\s)IS NULL/g, 'IS NOT NULL'],
  [/(?<=\s)IS NOT NULL/g, 'IS NULL'],
  [/(?<=\s)NOT EXISTS/g, 'EXISTS'],
]
// Not mutated: log messages.
const isLogLine = /^log\.(?:debug|info|warn|error)\(/
const isSql = /\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|CREATE)\b/

/**
 * Lists the bugs worth trying in a file: comparisons, logic, conditions, booleans, dropped calls
 * and throws, conditions left out of `and(…)`, and the comparisons inside SQL. Types, imports,
 * plain texts and lines of the log stay as they are.
 * @param path names the file, for its dialect only
 * @throws Error when the text does not parse
 */
export function listMutants(path: string, text: string): Mutant[] {
  const { program, errors } = parseSync(path, text, { sourceType: 'module' })
  const [error] = errors
  if (error) throw new Error(`${path}: ${error.message}`)
  const mutants: Mutant[] = []
  visit(program as unknown as Node, (node) => {
    for (const { start, end, replacement } of editsOf(node, text)) {
      const line = text.slice(0, start).split('\n').length
      const change = `${shorten(text.slice(start, end))} → ${shorten(replacement)}`
      mutants.push({ line, start, end, replacement, change })
    }
  })
  return mutants.toSorted((a, b) => a.start - b.start || a.end - b.end)
}

/** The file with one bug applied. */
export function applyMutant(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

function visit(node: Node, see: (node: Node) => void): void {
  if (isTypeOnly(node)) return
  see(node)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, see)
  }
}

function editsOf(node: Node, text: string): Edit[] {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return [...swapOperator(node, text)]
    case 'UnaryExpression':
      return node.operator === '!' ? [replace(node, textOf(text, node.argument))] : []
    case 'IfStatement':
    case 'ConditionalExpression':
      return isNode(node.test) ? [replace(node.test, 'true'), replace(node.test, 'false')] : []
    case 'ExpressionStatement':
      return isEffect(node.expression, text) ? [replace(node, ';')] : []
    case 'ThrowStatement':
      return [replace(node, ';')]
    case 'Literal':
      return typeof node.value === 'boolean'
        ? [replace(node, String(!node.value))]
        : sqlIn(node, text)
    case 'TemplateElement':
      return sqlIn(node, text)
    case 'TaggedTemplateExpression':
      return fragmentsOf(node, text)
    case 'CallExpression':
      return dropConditions(node, text)
    default:
      return []
  }
}

function* swapOperator(node: Node, text: string): Generator<Edit> {
  const { left, right, operator } = node
  if (!isNode(left) || !isNode(right)) return
  const other = otherOperator[String(operator)]
  // Concatenation has no opposite.
  if (!other || (operator === '+' && (isText(left) || isText(right)))) return
  const at = text.indexOf(String(operator), left.end)
  if (at < right.start) yield { start: at, end: at + String(operator).length, replacement: other }
}

/** Drops one argument of drizzle's `and(a, b, c)`. */
function dropConditions(node: Node, text: string): Edit[] {
  const given = Array.isArray(node.arguments) ? node.arguments.filter(isNode) : []
  if (textOf(text, node.callee) !== 'and' || given.length < 2) return []
  return given.map((one) => replace(one, 'undefined'))
}

function sqlIn(node: Node, text: string): Edit[] {
  return isSql.test(text.slice(node.start, node.end)) ? wordsIn(node, text) : []
}

/** Template parts that are SQL only because they are tagged with `sql`. */
function fragmentsOf({ tag, quasi }: Node, text: string): Edit[] {
  const parts = isNode(quasi) && Array.isArray(quasi.quasis) ? quasi.quasis.filter(isNode) : []
  if (textOf(text, tag) !== 'sql') return []
  const fragments = parts.filter((part) => !isSql.test(text.slice(part.start, part.end)))
  return fragments.flatMap((part) => wordsIn(part, text))
}

function wordsIn(node: Node, text: string): Edit[] {
  const part = text.slice(node.start, node.end)
  return otherInSql.flatMap(([pattern, replacement]) =>
    [...part.matchAll(pattern)].map((found) => {
      const start = node.start + found.index
      return { start, end: start + found[0].length, replacement }
    }),
  )
}

function isTypeOnly({ type, importKind, exportKind }: Node): boolean {
  if (type === 'ImportDeclaration' || importKind === 'type' || exportKind === 'type') return true
  return type.startsWith('TS') && !/^TS(?:As|NonNull|Satisfies|Instantiation)/.test(type)
}

function isEffect(value: unknown, text: string): boolean {
  const expression = isNode(value) && value.type === 'AwaitExpression' ? value.argument : value
  return (
    isNode(expression) &&
    ['CallExpression', 'AssignmentExpression', 'UpdateExpression'].includes(expression.type) &&
    !isLogLine.test(textOf(text, expression))
  )
}

function isText({ type, value }: Node): boolean {
  return type === 'TemplateLiteral' || (type === 'Literal' && typeof value === 'string')
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

function replace({ start, end }: Node, replacement: string): Edit {
  return { start, end, replacement }
}

function textOf(text: string, node: unknown): string {
  return isNode(node) ? text.slice(node.start, node.end) : ''
}

function shorten(part: string): string {
  const line = part.replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}…` : line
}
