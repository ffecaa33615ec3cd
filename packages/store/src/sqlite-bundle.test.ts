import { Database } from 'bun:sqlite'
import { beforeEach, describe, expect, it } from 'bun:test'
import type { BundleStatement } from './bundle.ts'
import { prepareBundle } from './sqlite-bundle.ts'

const seats: BundleStatement = {
  input: { id: 'text', place: 'integer' },
  into: 'seats (id, place)',
  select: 'SELECT id, place FROM input WHERE true',
  order: 'id',
  alternatives: ['place'],
  routine: 'on PostgreSQL only',
}
const storedResponse = { key: 'k', request_hash: 'h', answer: '{"a":1}' }
const slot = (id: string, ...places: number[]) => ({
  values: [id, null],
  alternatives: places.map((place) => [place]),
})

describe('a bundle, on the writing thread of SQLite', () => {
  let database: Database
  let write: ReturnType<typeof prepareBundle>
  const column = (sql: string) => database.query(sql).values().flat()
  const taken = () => column('SELECT id || place FROM seats ORDER BY place')
  const responses = () => column('SELECT answer FROM idempotency_keys')

  beforeEach(() => {
    database = new Database(':memory:')
    database.run('CREATE TABLE seats (id TEXT, place INTEGER UNIQUE)')
    database.run('CREATE TABLE idempotency_keys (key, request_hash, answer, created)')
    database.run("INSERT INTO seats VALUES ('old', 1)")
    write = prepareBundle(database, seats)
  })

  it('takes the first free alternative of each slot', () => {
    const slots = [slot('a', 1, 2, 3), slot('b', 2, 3)]
    const picks = [
      [0, 1],
      [1, 1],
    ]
    expect(write({ slots, needsAll: true, storedResponse })).toEqual(picks as [number, number][])
    expect(taken()).toEqual(['old1', 'a2', 'b3'])
    expect(responses()).toEqual([JSON.stringify({ a: 1, picks })])
  })

  it('leaves nothing behind if it needs all and the last slot is taken', () => {
    const slots = [slot('a', 2), slot('b', 1)]
    expect(write({ slots, needsAll: true, storedResponse })).toBeUndefined()
    expect([taken(), responses()]).toEqual([['old1'], []])
  })

  it('skips taken slots if it does not need all', () => {
    const slots = [slot('a', 1), slot('b', 2)]
    expect(write({ slots, needsAll: false })).toEqual([[1, 0]])
    expect([taken(), responses()]).toEqual([['old1', 'b2'], []])
  })

  it('is refused if every slot is taken', () => {
    expect(write({ slots: [slot('a', 1)], needsAll: false, storedResponse })).toBeUndefined()
    expect(responses()).toEqual([])
  })

  it('whose response is stored is not written again', () => {
    expect(write({ slots: [slot('a', 2)], needsAll: true, storedResponse })).toEqual([[0, 0]])
    expect(write({ slots: [slot('b', 3)], needsAll: true, storedResponse })).toBeUndefined()
    expect(taken()).toEqual(['old1', 'a2'])
  })

  it('fails with any other error', () => {
    database.run('DROP TABLE seats')
    expect(() => write({ slots: [slot('a', 2)], needsAll: true })).toThrow('no such table')
  })
})
