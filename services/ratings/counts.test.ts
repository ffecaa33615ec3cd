import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { RatingChanges, RatingSummary } from '../../shared/schemas/rating.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest } from '../testing/system.ts'
import type { RatingsApi } from './index.ts'

// Replicas of one service: two systems on one database.
describeStores('the counts of ratings', (makeDatabase) => {
  it('match a recount, after a storm from two replicas and changes by hand', async () => {
    const database = await makeDatabase({ migrated: true })
    const keep = { url: database.url, remove: async () => {} }
    const replicas = await Promise.all([1, 2].map(() => startForTest(async () => keep)))
    const stores = createStores()
    const store = await stores.open(database.url.replace('{service}', 'ratings'))
    const send = (at: number, method: string, [path, value]: [string, number?]) =>
      replicas[Math.floor(at / 10) % 2]?.send(method, path, {
        ...(value && { body: { value } }),
        as: `reader${at % 10}`,
      })
    // A sign-up each, before the storm.
    for (let at = 0; at < 20; at++) await send(at, 'GET', ['/api/ratings/1/mine'])

    const statuses: (number | undefined)[] = []
    for (let wave = 0; wave < 10; wave++) {
      const answers = Array.from({ length: 60 }, (_, at) => {
        const path = `/api/ratings/${(at % 3) + 1}`
        const value = ((at * 7 + wave) % 10) + 1
        // The last wave ends nothing, so that there is something to count.
        const kind = (at + wave) % (wave === 9 ? 2 : 3)
        if (kind === 0) return send(at, 'POST', [path, value])
        if (kind === 1) return send(at, 'PUT', [`${path}/mine`, value])
        return send(at, 'DELETE', [`${path}/mine`])
      })
      statuses.push(...(await Promise.all(answers)).map((answer) => answer?.status))
    }
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(20)
    expect(statuses.filter((status) => status === 204).length).toBeGreaterThan(20)
    expect(statuses).toContain(409)
    expect(statuses.filter((status) => (status ?? 500) >= 500)).toEqual([])
    const moved = sql`UPDATE book_ratings SET book_id = 4, value = 10 WHERE book_id = 3`
    await store.atomically([sql`DELETE FROM book_ratings WHERE value = 1`, moved])

    const recount = await store.rows<{ book_id: number; n: number; average: number }>(sql`
      SELECT book_id, count(*) AS n, round(avg(value) * 100) AS average
      FROM book_ratings GROUP BY book_id ORDER BY book_id`)
    expect(recount.length).toBeGreaterThan(2)
    const response = await replicas[0]?.send('GET', '/api/ratings?book_ids=1,2,3,4')
    const summaries = (await response?.json()) as RatingSummary[]
    const rated = summaries.filter(({ count }) => count > 0)
    expect(rated.map(({ book_id, count }) => [book_id, count])).toEqual(
      recount.map(({ book_id, n }) => [book_id, Number(n)]),
    )
    for (const [at, { average }] of rated.entries()) {
      expect(Math.abs(Number(average) * 100 - Number(recount[at]?.average))).toBeLessThan(1.01)
    }
    const wrong = await store.rows(sql`
      SELECT book_id, value, count FROM book_rating_counts AS counted WHERE count <> (
        SELECT count(*) FROM book_ratings
        WHERE book_id = counted.book_id AND value = counted.value)`)
    expect(wrong).toEqual([])
    await Promise.all([...replicas.map((replica) => replica.close()), stores.close()])
    await database.remove()
  }, 60_000)

  it('report changes to followers once, and nothing otherwise', async () => {
    const system = await startForTest(makeDatabase)
    const changes = async (after?: string) => {
      const { data } = await system
        .client<RatingsApi>()
        .api.ratings.changes.get({ query: after ? { after } : {} })
      return data as RatingChanges
    }
    expect(await changes()).toEqual({ changed: [], position: '0.0' })
    const rate = (book: number, value: number, as: string) =>
      system.send('POST', `/api/ratings/${book}`, { body: { value }, as })
    await rate(1, 8, 'anna')
    await rate(2, 6, 'anna')
    const until = async (after: string | undefined, books: number[]) => {
      // PostgreSQL shows a change once no older transaction runs anywhere.
      for (let attempt = 0; attempt < 100; attempt++) {
        const found = await changes(after)
        if (found.changed.length >= books.length) return found
        await Bun.sleep(20)
      }
      throw new Error(`no change of ${books.join()} was seen`)
    }
    const first = await until(undefined, [1, 2])
    expect(first.changed.map(({ book_id }) => book_id)).toEqual([1, 2])
    expect(await changes(first.position)).toEqual({ changed: [], position: first.position })
    await system.send('PUT', '/api/ratings/1/mine', { body: { value: 3 }, as: 'anna' })
    const second = await until(first.position, [1])
    expect(second.changed).toMatchObject([{ book_id: 1, average: 3, count: 1 }])
    await system.send('DELETE', '/api/ratings/1/mine', { as: 'anna' })
    const third = await until(second.position, [1])
    expect(third.changed).toMatchObject([{ book_id: 1, average: null, count: 0 }])
    // A database that was restored counts from an earlier place: followers begin anew.
    const [transaction = 0] = third.position.split('.').map(Number)
    const restored = await changes(`${transaction + 1000}.1000000`)
    expect(restored.position).toBe(third.position)
    expect(restored.changed.map(({ book_id }) => book_id).toSorted()).toEqual([1, 2])
    await system.close()
  }, 60_000)
})
