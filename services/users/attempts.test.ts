import { beforeEach, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { hour_ms } from '../../shared/duration.ts'
import type { ProblemError } from '../../shared/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useTables } from '../../shared/testing/use-tables.ts'
import { createAttempts, type Allowance, type Attempts } from './attempts.ts'
import { usersTables } from './tables.ts'

// One each 20 s.
const logins: Allowance = {
  count: 3,
  window_ms: 60_000,
  costMax_ms: 100_000,
  code: 'too_many_logins' as Allowance['code'],
  what: 'logins',
}

describeStores('attempts', (makeDatabase) => {
  let now: number
  let attempts: Attempts
  const another = () =>
    createAttempts({ store: store(), clock: () => now }, usersTables(store().columns))
  const pass = (seconds: number) => void (now += seconds * 1000)
  /** Seconds to wait; 0: it may go on. */
  const waitOf = (asked: Promise<void>) =>
    asked.then(
      () => 0,
      (error: ProblemError) => Number(error.headers['retry-after']),
    )
  const tryOnce = (key = 'anna') => waitOf(attempts.consume(key, logins))
  async function tryTimes(times: number): Promise<number[]> {
    const waits: number[] = []
    for (let time = 0; time < times; time++) waits.push(await tryOnce())
    return waits
  }

  const store = useTables(
    makeDatabase,
    (instant) =>
      `CREATE TABLE login_attempts
        (id TEXT PRIMARY KEY, failures INTEGER NOT NULL, free ${instant} NOT NULL)`,
  )
  beforeEach(async () => {
    now = Date.parse('2027-03-01T09:00:00Z')
    attempts = another()
    await store().db.delete(usersTables(store().columns).attempts)
  })

  it('are free up to the allowance, and come back one by one', async () => {
    expect(await tryTimes(4)).toEqual([0, 0, 0, 20])
    pass(19)
    expect(await tryOnce()).toBe(1)
    pass(1)
    expect(await tryOnce()).toBe(0)
  })

  it('cost twice as much each time beyond it, up to a limit', async () => {
    await tryTimes(3)
    for (const wait of [20, 40, 80, 100, 100]) {
      expect(await tryOnce()).toBe(wait)
      pass(wait)
      expect(await tryOnce()).toBe(0)
    }
  })

  it('refused say how long to wait, and count for nothing', async () => {
    await tryTimes(20)
    const error = await attempts.consume('anna', logins).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      status: 429,
      code: logins.code,
      message: 'Too many logins. Try again in 20 s.',
      headers: { 'retry-after': '20' },
    })
    pass(19.999)
    expect(await tryOnce()).toBe(1)
  })

  it('that are only looked at are not counted', async () => {
    const look = () => waitOf(attempts.check('anna', logins))
    for (let time = 0; time < 5; time++) expect(await look()).toBe(0)
    await tryTimes(3)
    expect(await look()).toBe(20)
  })

  it('that succeed are taken back, with what they cost', async () => {
    await tryTimes(3)
    await attempts.refund('anna', logins)
    expect(await tryTimes(2)).toEqual([0, 20])
    pass(20)
    await tryOnce()
    await attempts.refund('anna', logins)
    expect(await tryOnce()).toBe(0)
    // None can be taken back twice.
    for (let time = 0; time < 9; time++) await attempts.refund('anna', logins)
    pass(3600)
    expect(await tryTimes(4)).toEqual([0, 0, 0, 20])
  })

  it('are forgotten after a quiet hour, and not before', async () => {
    await tryTimes(3)
    pass(60 + 3599)
    expect(await tryTimes(2)).toEqual([0, 0])
    expect(await tryOnce()).toBe(80)
    await attempts.clear('anna')
    await tryTimes(3)
    now += 60_000 + hour_ms
    expect(await tryTimes(4)).toEqual([0, 0, 0, 20])
  })

  it('are counted for each key, which nobody can read in the database', async () => {
    await tryTimes(4)
    for (const wait of [0, 0]) expect(await tryOnce('ben')).toBe(wait)
    for (const wait of [0, 0]) expect(await tryOnce('cleo')).toBe(wait)
    // The rows of both are alike.
    for (const wait of [0, 20]) expect(await tryOnce('ben')).toBe(wait)
    for (const wait of [0, 20]) expect(await tryOnce('cleo')).toBe(wait)
    const ids = await store().rows<{ id: string }>(sql`SELECT id FROM login_attempts`)
    expect(ids.map(({ id }) => id).filter((id) => /anna|ben|cleo/.test(id))).toEqual([])
    await attempts.clear('anna')
    expect(await tryOnce()).toBe(0)
  })

  it('have no limit where none is set', async () => {
    const endless = { ...logins, count: 0 }
    for (let time = 0; time < 5; time++) await attempts.consume('anna', endless)
    await attempts.check('anna', endless)
    await attempts.refund('anna', endless)
    expect(await store().rows(sql`SELECT id FROM login_attempts`)).toEqual([])
  })

  it('at the same time do not hinder each other', async () => {
    const many = { ...logins, count: 50 }
    const waits = await Promise.all(
      Array.from({ length: 20 }, () => waitOf(attempts.consume('anna', many))),
    )
    expect(waits).toEqual(waits.map(() => 0))
  })

  it('at the same time are counted one by one, in any number of processes', async () => {
    const other = another()
    const waits = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        waitOf((at % 2 === 0 ? attempts : other).consume('anna', logins)),
      ),
    )
    expect(waits.filter((wait) => wait === 0)).toHaveLength(3)
  })
})
