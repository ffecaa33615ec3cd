import { describe, expect, it } from 'bun:test'
import { columnsOf, type Columns } from './columns.ts'
import type { Batch, BatchStatement } from './batch.ts'
import { insertInto } from './insert.ts'

const thingsTable = (c: Columns) =>
  c.table('things', {
    id: c.id('id').notNull(),
    box: c.integer('box').notNull(),
    label: c.text('label'),
    due: c.instant('due').notNull(),
    version: c.integer('version').notNull().default(1),
  })

type RowOf<Statement> = Statement extends BatchStatement<infer Row> ? Row : never
type Takes<Statement, Given> = Given extends Parameters<Batch<RowOf<Statement>>['add']>[0]
  ? true
  : false

describe.each(['sqlite', 'postgres'] as const)('an insert into a table of %s', (engine) => {
  const things = thingsTable(columnsOf[engine])
  const plain = insertInto(things, { leave: ['version'], order: 'id' })
  const joined = insertInto(things, {
    leave: ['version'],
    compute: { box: 'b.number' },
    given: { box_name: 'text' },
    from: 'input i JOIN boxes b ON b.name = i.box_name',
    where: 'b.closed IS NULL',
    order: 'b.number',
  })

  it('requires every column except those the database fills', () => {
    expect(plain).toEqual({
      input: { id: 'id', box: 'integer', label: 'text', due: 'instant' },
      into: 'things (id, box, label, due)',
      select: 'SELECT i.id, i.box, i.label, i.due FROM input i WHERE true',
      order: 'id',
    })
  })

  it('computes columns from other values of a row', () => {
    expect(joined).toEqual({
      input: { id: 'id', label: 'text', due: 'instant', box_name: 'text' },
      into: 'things (id, box, label, due)',
      select:
        'SELECT i.id, b.number, i.label, i.due ' +
        'FROM input i JOIN boxes b ON b.name = i.box_name WHERE b.closed IS NULL',
      order: 'b.number',
    })
  })

  // The compiler decides these; a wrong one is a failed type check.
  it('gives its rows the types of its columns', () => {
    type Thing = { id: string; box: number; label: string | null; due: number }
    const whole: Takes<typeof plain, Thing> = true
    const withoutLabel: Takes<typeof plain, Omit<Thing, 'label'>> = false
    const ofAnotherType: Takes<typeof plain, Omit<Thing, 'due'> & { due: string }> = false
    const named: Takes<typeof joined, Omit<Thing, 'box'> & { box_name: string }> = true
    const unnamed: Takes<typeof joined, Omit<Thing, 'box'>> = false
    expect([whole, withoutLabel, ofAnotherType, named, unnamed]).toEqual([
      true,
      false,
      false,
      true,
      false,
    ])
  })
})

describe('an insert', () => {
  it('refuses a column of an unsupported type', () => {
    const c = columnsOf.postgres
    const table = c.table('a', { id: c.id('id').notNull(), size: c.bytes('size').notNull() })
    expect(() => insertInto(table, { order: 'id' })).toThrow('A batch cannot carry size')
  })
})
