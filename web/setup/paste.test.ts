import { expect, it } from 'bun:test'
import { readPaste, rowsMax, type Rules } from './paste.ts'

const rules: Rules = [
  ['plate', { type: 'string', title: 'Plate' }],
  ['seats', { type: 'integer', title: 'Seats' }],
  ['electric', { type: 'boolean' }],
]
const options = { rules, names: ['Name', 'Bezeichnung'], locale: 'en-GB' }
const read = (text: string) => readPaste(text, options).drafts

it('parses rows of a spreadsheet, the name first, then the properties in order', () => {
  expect(read('Blue Skoda\tK-AB 12\t5\tno\r\nRed Fiat\tK-CD 34\t4\tx\n\n')).toEqual([
    {
      name: 'Blue Skoda',
      properties: { plate: 'K-AB 12', seats: 5, electric: false },
      faults: [],
    },
    { name: 'Red Fiat', properties: { plate: 'K-CD 34', seats: 4, electric: true }, faults: [] },
  ])
})

it('follows a header line, in any order, and names columns that it skips', () => {
  const text = 'SEATS;Colour;Bezeichnung\n5;blue;Blue Skoda'
  expect(readPaste(text, options)).toEqual({
    drafts: [{ name: 'Blue Skoda', properties: { seats: 5 }, faults: [] }],
    unknown: ['Colour'],
  })
})

it('keeps quoted cells, with commas and quotes in them', () => {
  expect(read('"Van, white","K-""1"""')[0]).toMatchObject({
    name: 'Van, white',
    properties: { plate: 'K-"1"' },
  })
})

it('reports the faults of each row', () => {
  const kinds = read('\tK-1\tfive\nA\tK-2\t2.5\tperhaps').map(({ faults }) =>
    faults.map(({ kind, title }) => `${kind} ${title}`),
  )
  expect(kinds).toEqual([
    ['not_a_number Seats', 'no_name '],
    ['not_whole Seats', 'not_yes_or_no electric'],
  ])
})

it('accepts a limited number, and nothing from nothing', () => {
  expect(read('Van\n'.repeat(rowsMax + 50))).toHaveLength(rowsMax)
  expect(read(' \n\n')).toEqual([])
})

it('keeps line breaks within quotes', () => {
  expect(read('Name\tPlate\r\n"Van\nof Anna"\tK-1\r\nBus\tK-2\r\n')).toMatchObject([
    { name: 'Van\nof Anna', properties: { plate: 'K-1' } },
    { name: 'Bus', properties: { plate: 'K-2' } },
  ])
})

it('reads numbers as they are written where the reader is', () => {
  const rows: Rules = [['payload', { type: 'number' }]]
  const payload = (cell: string, locale: string) =>
    readPaste(`Lorry\t${cell}`, { ...options, rules: rows, locale }).drafts[0]?.properties[
      'payload'
    ]
  for (const [cell, german, english] of [
    ['7500', 7500, 7500],
    ['7.500', 7500, 7.5],
    ['7,500', 7.5, 7500],
    ['1.234.567,8', 1_234_567.8, undefined],
    ['1,234,567.8', undefined, 1_234_567.8],
    ['7.5', 7.5, 7.5],
    ['7,5', 7.5, 7.5],
    ['0.125', 0.125, 0.125],
    ['-7 500', -7500, -7500],
  ] as const) {
    expect([cell, payload(cell, 'de-DE'), payload(cell, 'en-GB')]).toEqual([cell, german, english])
  }
})
