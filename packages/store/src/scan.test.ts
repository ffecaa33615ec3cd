import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { createStores } from './open.ts'
import type { Store } from './store.ts'

// Counts by steps: a tenth of a second and more of either database.
const count = (steps = 400_000) => sql`
  WITH RECURSIVE steps(step) AS (
    SELECT 1 UNION ALL SELECT step + 1 FROM steps WHERE step < ${sql.raw(String(steps))})
  SELECT count(*) AS n FROM steps`

setDefaultTimeout(60_000)

describeStores('a scan', (makeDatabase) => {
  async function open(): Promise<Store> {
    const database = await makeDatabase()
    const stores = createStores()
    onTestFinished(async () => {
      await stores.close()
      await database.remove()
    })
    return stores.open(database.url.replace('{service}', 'public'))
  }

  it('delays nobody else', async () => {
    const store = await open()
    const scan = store.scan('reader')
    await scan.rows(sql`SELECT 1`)
    const ended: string[] = []
    const scans = ['one', 'another', 'a third'].map(async (whose) => {
      const [row] = await store.scan(whose).rows<{ n: number }>(count())
      ended.push('scan')
      expect(Number(row?.n)).toBe(400_000)
    })
    for (let at = 0; at < 10; at++) {
      await store.rows(sql`SELECT 1`)
      ended.push('read')
    }
    await Promise.all(scans)
    // On a busy machine a scan may end before the last read, but no read waited for one.
    expect(ended.slice(0, 3)).toEqual(['read', 'read', 'read'])
    expect(ended.filter((one) => one === 'scan')).toHaveLength(3)
  })

  it('takes turns between users, and refuses too many of one user', async () => {
    const store = await open()
    const ended: string[] = []
    const ask = async (whose: string) => {
      await store.scan(whose).rows(count(40_000))
      ended.push(whose)
    }
    const greedy = await Promise.allSettled([
      ...Array.from({ length: 40 }, () => ask('greedy')),
      ask('modest'),
    ])
    const refused = greedy.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(10)
    expect(refused[0]).toMatchObject({ reason: { name: 'StoreBusyError', code: 'too_many_scans' } })
    expect(ended.indexOf('modest')).toBeLessThan(3)
    expect(ended.length + refused.length).toBe(41)
  })

  it('pauses its user, while others continue', async () => {
    const store = await open()
    const ended: string[] = []
    const ask = async (whose: string) => {
      await store.scan(whose).rows(count(40_000))
      ended.push(whose)
    }
    // Without a rest the second of the first user would be the next one.
    await ask('first')
    await Promise.all([ask('first'), ask('second')])
    expect(ended).toEqual(['first', 'second', 'first'])
  })

  it('reads what was written, like the store itself, and survives an error', async () => {
    const store = await open()
    await store.atomically([
      sql`CREATE TABLE notes (number integer)`,
      sql`INSERT INTO notes VALUES (7)`,
    ])
    const reader = store.scan('reader')
    expect(await reader.rows(sql`SELECT number FROM notes`)).toEqual([{ number: 7 }])
    const wrong = await reader
      .rows(sql`SELECT none FROM notes`)
      .catch((error: Error) => error.message)
    expect(wrong).toContain('none')
    expect(await reader.rows(sql`SELECT 1 AS n`)).toEqual([{ n: 1 }])
  })
})
