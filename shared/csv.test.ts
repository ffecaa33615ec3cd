import { expect, it } from 'bun:test'
import { fromCsvField, toCsvLine } from './csv.ts'

/** The cells that a spreadsheet shows: a quote counts only at the start of one. */
function toCells(text: string, separator: string): string[] {
  const cell = new RegExp(`("(?:[^"]|"")*(?:"|$))?([^${separator}\\r\\n]*)`, 'y')
  const cells: string[] = []
  while (cell.lastIndex < text.length) {
    const [, quoted = '', rest = ''] = cell.exec(text) ?? []
    cells.push(quoted.replace(/^"|"$/g, '').replaceAll('""', '"') + rest)
    cell.lastIndex += 1
  }
  return cells
}

const formulas = [
  '=1+1',
  '-2+3;=1',
  'a;=1+1;b',
  'a,=1+1,b',
  'a; \u00A0+1',
  'a,"=1+1"',
  'a;"" "@SUM(A1)"',
  'a\t-1',
  'a\n=1+1',
  'a\r\n=1+1',
  '\n=1+1',
  '  =1+1',
  '\t\t=1',
  '＝1+1',
  'a;＠SUM(A1)',
  "'=1",
  "a;''=1",
]

it.each(formulas)('shows %j as text, whatever the reader takes for a separator', (text) => {
  for (const written of [',', ';'] as const) {
    const line = toCsvLine(['B-1', text, 'Van'], written)
    for (const read of [',', ';', '\t']) {
      const cells = toCells(line, read).map((cell) => cell.replace(/^[\s"]+/, ''))
      expect(cells.filter((cell) => /^[=+\-@＝＋－＠]/.test(cell))).toEqual([])
    }
    const [, field = ''] = toCells(line, written)
    expect(fromCsvField(field)).toBe(text)
  }
})

const texts = ['a; b', 'x, y; z', 'a = b', "Rock 'n' roll; 'Tis", '1-2, 3+4', 'me@here.example', '']

it.each(texts)('keeps %j as it is', (text) => {
  const [, field] = toCells(toCsvLine(['B-1', text, 'Van']), ',')
  expect(field).toBe(text)
  expect(fromCsvField(text)).toBe(text)
})
