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

/**
 * Parses rows copied from a spreadsheet: a resource each, its name first, then the properties in
 * order; with a header line, in that order.
 * @param names accepted headers of the name column
 */
export function readPaste(text: string, rules: Rules, names: string[]): Draft[] {
  const rows = readRows(text)
  const [first = []] = rows
  const columns = readHeader(first, rules, names)
  const body = columns ? rows.slice(1) : rows
  const order = columns ?? [undefined, ...rules]
  return body.slice(0, rowsMax).map((cells) => toDraft(cells, order))
}

/** Cells separated by tabs, else semicolons, else commas; quotes protect separators (RFC 4180). */
function readRows(text: string): string[][] {
  const separator = ['\t', ';', ','].find((one) => text.includes(one)) ?? '\t'
  const rows: string[][] = []
  for (const line of text.split(/\r?\n/)) {
    if (line.trim()) rows.push(readCells(line, separator))
  }
  return rows
}

function readCells(line: string, separator: string): string[] {
  const cells: string[] = []
  let [cell, isQuoted] = ['', false]
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] ?? ''
    if (sign === '"' && isQuoted && line[at + 1] === '"') cell += line[at++]
    else if (sign === '"' && (isQuoted || cell === '')) isQuoted = !isQuoted
    else if (sign === separator && !isQuoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += sign
  }
  return [...cells, cell.trim()]
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

function toDraft(cells: string[], columns: Column[]): Draft {
  const draft: Draft = { name: '', properties: {}, faults: [] }
  for (const [at, column] of columns.entries()) {
    const text = cells[at] ?? ''
    if (column === undefined) draft.name = text
    else if (column && text) addProperty(draft, column, text)
  }
  if (!draft.name) draft.faults.push({ kind: 'no_name', title: '' })
  return draft
}

const yes = /^(?:yes|true|x|1|ja|wahr)$/i
const no = /^(?:no|false|0|nein|falsch|-)$/i

function addProperty(draft: Draft, [name, { type, title = name }]: Rules[number], text: string) {
  const fail = (kind: Fault['kind']) => draft.faults.push({ kind, title })
  if (type === 'string') draft.properties[name] = text
  else if (type === 'boolean') {
    if (!yes.test(text) && !no.test(text)) return fail('not_yes_or_no')
    draft.properties[name] = yes.test(text)
  } else {
    const value = Number(text.replace(',', '.'))
    if (!Number.isFinite(value)) return fail('not_a_number')
    if (type === 'integer' && !Number.isInteger(value)) return fail('not_whole')
    draft.properties[name] = value
  }
  return undefined
}
