import { afterAll, beforeAll, expect, it } from 'bun:test'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { ratingsPerDayMax } from './service.ts'

describeStores('the limit of ratings', (makeDatabase) => {
  let system: TestSystem
  let now = Date.parse('2027-03-01T23:50:00Z')
  beforeAll(async () => {
    system = await startForTest(makeDatabase, { clock: () => now })
  }, 30_000)
  afterAll(() => system.close())

  const send = async (path: string, body: object) => {
    const answer = await system.send('POST', path, { as: 'eve', body })
    const { id, code } = (await answer.json()) as { id?: number; code?: string }
    return { status: answer.status, code, id, retryAfter: answer.headers.get('retry-after') }
  }

  /** As many ratings of the day as but one may be. */
  async function rateMany(): Promise<void> {
    const me = await system.send('GET', '/api/users/me', { as: 'eve' })
    const { id } = (await me.json()) as { id: string }
    const url = system.databaseUrlOf('ratings')
    const [key, at] = url.startsWith('sqlite:')
      ? ['randomblob(16)', String(now)]
      : ['gen_random_uuid()', `to_timestamp(${now / 1000})`]
    await changeByHand(
      url,
      `INSERT INTO book_ratings (id, book_id, user_id, email, value, created)
      WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n
        WHERE i < ${998 + ratingsPerDayMax})
      SELECT ${key}, i, '${id}', '', 5, ${at} FROM n`,
    )
  }

  it('is that of a day, and says when it ends, through books as well', async () => {
    const { id: book } = await send('/api/books', { title: 'One more', author: 'Eve' })
    await rateMany()
    expect((await send('/api/ratings/8', { value: 5 })).status).toBe(201)
    for (const path of ['/api/ratings/9', `/api/books/${book}/ratings`]) {
      const refused = { status: 429, code: 'daily_limit_reached', retryAfter: '600' }
      expect(await send(path, { value: 5 })).toMatchObject(refused)
    }
    now += 600_000
    for (const path of ['/api/ratings/9', `/api/books/${book}/ratings`]) {
      expect((await send(path, { value: 5 })).status).toBe(201)
    }
  })

  it('is not what refuses a rating whose former one is withdrawn just then', async () => {
    const path = '/api/ratings/7'
    const statuses = new Set<number>()
    for (let round = 0; round < 100; round++) {
      const ways = ['POST', 'DELETE', 'POST', 'DELETE'] as const
      const answers = ways.map((way) =>
        way === 'POST'
          ? system.send(way, path, { as: 'frank', body: { value: 5 } })
          : system.send(way, `${path}/mine`, { as: 'frank' }),
      )
      for (const { status } of await Promise.all(answers)) statuses.add(status)
    }
    expect([...statuses.difference(new Set([201, 204, 404, 409]))]).toEqual([])
  })
})
