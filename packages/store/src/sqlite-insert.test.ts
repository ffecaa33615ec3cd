import { Database } from 'bun:sqlite'
import { beforeEach, describe, expect, it } from 'bun:test'
import type { BatchStatement, StoredResponse } from './batch.ts'
import { prepareBatch } from './sqlite-insert.ts'

const seats: BatchStatement = {
  input: { user: 'text', place: 'integer', guest: 'id' },
  into: 'seats (user, place, guest)',
  select: 'SELECT user, place, guest FROM input WHERE true',
  order: 'user',
}
const storedResponse = { key: 'k', request_hash: 'h', answer: '{}' }

describe('a row of a batch, on the writing thread of SQLite', () => {
  let database: Database
  let write: ReturnType<typeof prepareBatch>
  const column = (sql: string) => database.query(sql).values().flat()
  const taken = () => column('SELECT user || place FROM seats ORDER BY place')
  const used = () => column("SELECT day || user_id || ':' || used FROM daily_counts ORDER BY 1")
  const responses = () => column('SELECT answer FROM idempotency_keys')

  interface Options {
    user?: string
    day?: number
    stored?: StoredResponse
  }
  const insert = (place: number, { user = 'ada', day = 1, stored }: Options = {}) =>
    write({ values: [user, place, null], share: { day, max: 2 }, storedResponse: stored })

  beforeEach(() => {
    database = new Database(':memory:')
    database.run('CREATE TABLE seats (user TEXT, place INTEGER UNIQUE, guest)')
    database.run('CREATE TABLE idempotency_keys (key, request_hash, answer, created)')
    database.run('CREATE TABLE daily_counts (day, user_id, used, UNIQUE (day, user_id))')
    database.run("INSERT INTO seats VALUES ('old', 1, NULL)")
    write = prepareBatch(database, { ...seats, countedBy: 'user' })
  })

  it('that loses neither counts towards the day nor stores a response', () => {
    insert(2, { user: 'bob' })
    insert(3, { day: 2 })
    expect(insert(1, { stored: storedResponse })).toBe(false)
    expect([taken(), used()]).toEqual([
      ['old1', 'bob2', 'ada3'],
      ['1ada:0', '1bob:1', '2ada:1'],
    ])
    expect(responses()).toEqual([])
  })

  it('is refused once the day of its user is used up', () => {
    expect([2, 3, 4].map((place) => insert(place))).toEqual([true, true, false])
    expect([insert(4, { user: 'bob' }), insert(5, { day: 2 })]).toEqual([true, true])
    expect(taken()).toEqual(['old1', 'ada2', 'ada3', 'bob4', 'ada5'])
  })

  it('whose response is stored is neither inserted nor counted again', () => {
    expect(insert(2, { stored: storedResponse })).toBe(true)
    expect(insert(3, { stored: storedResponse })).toBe(false)
    expect([taken(), used(), responses()]).toEqual([['old1', 'ada2'], ['1ada:1'], ['{}']])
  })

  it('without a daily limit counts nothing', () => {
    expect([write({ values: ['ada', 2, null] }), write({ values: ['ada', 2, null] })]).toEqual([
      true,
      false,
    ])
    expect([taken(), used(), responses()]).toEqual([['old1', 'ada2'], [], []])
  })

  it('of a statement that counts for nobody needs no table of counts', () => {
    database.run('DROP TABLE daily_counts')
    expect(prepareBatch(database, seats)({ values: ['ada', 2, null] })).toBe(true)
  })

  it('stores an id as its 16 bytes, and leaves no id at all as it is', () => {
    const guest = '01890a5d-ac96-774b-bcce-b302099a8057'
    write({ values: ['ada', 2, guest] })
    expect(column('SELECT hex(guest) FROM seats')).toEqual([
      '',
      guest.replaceAll('-', '').toUpperCase(),
    ])
    expect(column('SELECT typeof(guest) FROM seats')).toEqual(['null', 'blob'])
  })
})
