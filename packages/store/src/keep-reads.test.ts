import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores, type MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { keepReads } from './keep-reads.ts'
import { createStores } from './open.ts'

const add = (n: number) => `INSERT INTO numbers (n) VALUES (${n})`

describeStores('what is read of a database', (makeDatabase) => {
  it('is kept until somebody writes to it, on SQLite', async () => {
    await using there = await start(makeDatabase)
    const { sum, change } = there
    expect([await sum('all'), await sum('all'), await sum('all')]).toEqual([1, 1, 1])
    expect(there.reads()).toBe(there.isKept ? 1 : 3)
    await change(add(2))
    expect(await sum('all')).toBe(3)
    await there.store.atomically([sql.raw(add(4))])
    expect(await sum('all')).toBe(7)
  })

  it('is kept by its key, a few of them', async () => {
    await using there = await start(makeDatabase)
    for (const key of ['a', 'b', 'c', 'c', 'b']) await there.sum(key)
    // Only two are kept: the third dropped the first two.
    expect(there.reads()).toBe(there.isKept ? 4 : 5)
  })

  it('is not kept if others have seen a write since it was read', async () => {
    await using there = await start(makeDatabase)
    const [hasRead, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const early = there.sum('all', () => {
      hasRead.resolve()
      return mayEnd.promise
    })
    await hasRead.promise
    await there.change(add(2))
    expect(await there.sum('other')).toBe(3)
    mayEnd.resolve()
    expect(await early).toBe(1)
    expect(await there.sum('all')).toBe(3)
  })
})

async function start(makeDatabase: MakeDatabase) {
  const database = await makeDatabase()
  const url = database.url.replace('{service}', 'public')
  const stores = createStores()
  const store = await stores.open(url)
  await changeByHand(url, 'CREATE TABLE numbers (n integer)')
  await changeByHand(url, add(1))
  const keep = keepReads<number>(store, 2)
  let reads = 0
  const read = async (pause?: () => Promise<void>) => {
    reads++
    const [row] = await store.rows<{ sum: unknown }>(sql`SELECT sum(n) AS sum FROM numbers`)
    await pause?.()
    return Number(row?.sum)
  }
  return {
    store,
    isKept: store.dialect === 'sqlite',
    reads: () => reads,
    change: (text: string) => changeByHand(url, text),
    /** @param pause what it waits for after reading */
    sum: (key: string, pause?: () => Promise<void>) => keep(key, () => read(pause)),
    [Symbol.asyncDispose]: async () => {
      await stores.close()
      await database.remove()
    },
  }
}
