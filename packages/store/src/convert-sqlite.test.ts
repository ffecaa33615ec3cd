import { Database } from 'bun:sqlite'
import { beforeEach, describe, expect, it, onTestFinished } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCopyLines } from './convert-sqlite.ts'

describe('a row of SQLite, for COPY of PostgreSQL', () => {
  let file: string
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'campus-convert-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    file = join(folder, 'a.sqlite')
    using database = new Database(file)
    database.run('CREATE TABLE "order" (value, number INTEGER)')
  })

  /** The lines of a column of this type that has these values. */
  function copy(values: (string | number | Uint8Array | null)[], type = 'text'): string[] {
    using database = new Database(file)
    const insert = database.query('INSERT INTO "order" VALUES (?, ?)')
    database.transaction(() => values.forEach((value, at) => insert.run(value, at)))()
    const columns = [
      { name: 'number', type: 'integer' },
      { name: 'value', type },
    ]
    return [...readCopyLines(file, { name: 'order', columns })]
  }

  it('keeps texts, with what COPY would take for its own', () => {
    const odd = ['plain', 'tab\t', 'line\n', 'return\r', 'back\\slash', '\\N', '', 'ü🚗', null]
    const lines = [
      'plain',
      'tab\\t',
      'line\\n',
      'return\\r',
      'back\\\\slash',
      '\\\\N',
      '',
      'ü🚗',
      '\\N',
    ]
    expect(copy(odd)).toEqual([lines.map((line, at) => `${at}\t${line}\n`).join('')])
  })

  it('keeps bytes', () => {
    expect(copy([new Uint8Array([0, 255])], 'bytea')).toEqual(['0\t\\\\x00ff\n'])
  })

  it('keeps ids', () => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    const bytes = Uint8Array.fromHex(id.replaceAll('-', ''))
    expect(copy([bytes], 'uuid')).toEqual([`0\t${id}\n`])
  })

  it('keeps times, also those without an end', () => {
    const ends = [1_000, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]
    const times = ['1970-01-01T00:00:01.000Z', 'infinity', '-infinity']
    const lines = times.map((time, at) => `${at}\t${time}\n`)
    expect(copy(ends, 'timestamp with time zone')).toEqual([lines.join('')])
  })

  it.each([0, 999, 1000, 2001])('comes in blocks, none of %d is lost', (count) => {
    const blocks = copy(Array.from({ length: count }, () => 'x'))
    const lines = blocks.join('').split('\n')
    expect(lines).toEqual([...Array.from({ length: count }, (_, at) => `${at}\tx`), ''])
    expect(Math.max(0, ...blocks.map((block) => block.split('\n').length - 1))).toBe(
      Math.min(count, 1000),
    )
  })

  it('is refused if PostgreSQL has no place for one of its columns; no row needs none', () => {
    const table = { name: 'order', columns: [{ name: 'number', type: 'integer' }] }
    const lacking = { name: 'order', columns: [{ name: 'value', type: 'text' }] }
    expect([...readCopyLines(file, lacking)]).toEqual([])
    copy(['x'])
    expect(() => [...readCopyLines(file, lacking)]).toThrow('no place for order.number')
    expect(() => [...readCopyLines(file, table)]).toThrow('no place for order.value')
  })
})
