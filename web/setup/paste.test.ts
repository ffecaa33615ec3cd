import { expect, it } from 'bun:test'
import { readPaste, rowsMax, type Rules } from './paste.ts'

const rules: Rules = [
  ['plate', { type: 'string', title: 'Plate' }],
  ['seats', { type: 'integer', title: 'Seats' }],
  ['electric', { type: 'boolean' }],
]
const read = (text: string) => readPaste(text, rules, ['Name', 'Bezeichnung'])

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

it('follows a header line, in any order, and skips unknown columns', () => {
  const text = 'SEATS;Colour;Bezeichnung\n5;blue;Blue Skoda'
  expect(read(text)).toEqual([{ name: 'Blue Skoda', properties: { seats: 5 }, faults: [] }])
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
