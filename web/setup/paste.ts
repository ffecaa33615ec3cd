import type { PropertyRule } from '../../shared/schemas/resource-type.ts'

/** A pasted row: the resource it would become, and its faults. */
export interface Draft {
  name: string
  properties: Record<string, string | number | boolean>
  faults: Fault[]
}

export interface Fault {
  kind: 'no_name' | 'not_a_number' | 'not_whole' | 'not_yes_or_no'
  /** The property's. */
  title: string
}

/** The properties of a type, by name, in order. */
export type Rules = [name: string, rule: PropertyRule][]

// As many as anybody checks before adding them.
export const rowsMax = 200

export interface Paste {
  drafts: Draft[]
  /** Headers of columns that are left out. */
  unknown: string[]
}

interface PasteOptions {
  rules: Rules
  /** Accepted headers of the name column. */
  names: string[]
  /** Of whoever wrote the numbers. */
  locale: string
}

/**
 * Parses rows copied from a spreadsheet: a resource each, its name first, then the properties in
 * order; with a header line, in that order.
 */
export function readPaste(text: string, { rules, names, locale }: PasteOptions): Paste {
  const rows = readRows(text)
  const [first = []] = rows
  const columns = readHeader(first, rules, names)
  const body = columns ? rows.slice(1) : rows
  const order = columns ?? [undefined, ...rules]
  const drafts = body.slice(0, rowsMax).map((cells) => toDraft(cells, order, locale))
  const unknown = columns ? first.filter((cell, at) => columns[at] === null && cell) : []
  return { drafts, unknown }
}

/**
 * Cells separated by tabs, else semicolons, else commas; quotes protect separators and line breaks
 * (RFC 4180).
 */
function readRows(text: string): string[][] {
  const separator = ['\t', ';', ','].find((one) => text.includes(one)) ?? '\t'
  const rows: string[][] = []
  let [cells, cell, isQuoted] = [[] as string[], '', false]
  const endRow = () => {
    cells.push(cell.trim())
    if (cells.some(Boolean)) rows.push(cells)
    cells = []
    cell = ''
  }
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? ''
    if (sign === '"' && isQuoted && text[at + 1] === '"') cell += text[at++]
    else if (sign === '"' && (isQuoted || cell === '')) isQuoted = !isQuoted
    else if (isQuoted) cell += sign
    else if (sign === '\n') endRow()
    else if (sign === separator) {
      cells.push(cell.trim())
      cell = ''
    } else cell += sign
  }
  endRow()
  return rows
}

/** A column: the name, or a property; null: unknown. */
type Column = Rules[number] | undefined | null

function readHeader(cells: string[], rules: Rules, names: string[]): Column[] | undefined {
  const isIt = (text: string, cell: string) => text.toLowerCase() === cell.toLowerCase()
  if (!cells.some((cell) => names.some((name) => isIt(name, cell)))) return undefined
  return cells.map((cell) => {
    if (names.some((name) => isIt(name, cell))) return undefined
    return rules.find(([name, { title }]) => isIt(name, cell) || isIt(title ?? '', cell)) ?? null
  })
}

function toDraft(cells: string[], columns: Column[], locale: string): Draft {
  const draft: Draft = { name: '', properties: {}, faults: [] }
  for (const [at, column] of columns.entries()) {
    const text = cells[at] ?? ''
    if (column === undefined) draft.name = text
    else if (column && text) addProperty(draft, column, readCell(column[1], text, locale))
  }
  if (!draft.name) draft.faults.push({ kind: 'no_name', title: '' })
  return draft
}

const yes = /^(?:yes|true|x|1|ja|wahr)$/i
const no = /^(?:no|false|0|nein|falsch|-)$/i

type Cell = string | number | boolean | undefined

function readCell({ type }: PropertyRule, text: string, locale: string): Cell {
  if (type === 'string') return text
  if (type !== 'boolean') return readNumber(text, locale)
  if (yes.test(text)) return true
  return no.test(text) ? false : undefined
}

/** `7.500` is 7500 where thousands are written so, and 7.5 elsewhere. */
function readNumber(text: string, locale: string): number {
  const parts = new Intl.NumberFormat(locale).formatToParts(1_234_567.8)
  const group = parts.find(({ type }) => type === 'group')?.value ?? ','
  const digits = text.replaceAll(/[\s\u00a0\u202f'’]/g, '')
  const groups = digits.split(group)
  const isGrouped = groups.slice(1).every((one) => /^\d{3}(?:\D|$)/.test(one))
  const plain = isGrouped && groups[0] !== '0' ? groups.join('') : digits
  return Number(plain.replace(',', '.'))
}

function addProperty(draft: Draft, [name, { type, title = name }]: Rules[number], value: Cell) {
  const fail = (kind: Fault['kind']) => void draft.faults.push({ kind, title })
  if (value === undefined) return fail('not_yes_or_no')
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return fail('not_a_number')
    if (type === 'integer' && !Number.isInteger(value)) return fail('not_whole')
  }
  draft.properties[name] = value
  return undefined
}
