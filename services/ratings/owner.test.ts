import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { BookRatings, Rating } from '../../shared/schemas/rating.ts'
import type { User } from '../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, testPassword, type TestSystem } from '../testing/system.ts'
import { useSystem } from '../testing/use-system.ts'
import { ratingsPerDayMax } from './service.ts'

type Call = ReturnType<typeof useSystem>['call']

async function moveTo(call: Call, as: string, email: string): Promise<User> {
  const { body: user } = await call<User>('GET', '/api/users/me', { as })
  const body = { email, current_password: testPassword }
  expect((await call('PATCH', `/api/users/${user.id}`, { as, body })).status).toBe(200)
  return user
}

describeStores('a rating', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  const rate = (book: number, value: number, as: string) =>
    call<Rating & Problem>('POST', `/api/ratings/${book}`, { body: { value }, as })
  const average = async (book: number) => {
    const { body } = await call<BookRatings>('GET', `/api/ratings/${book}`)
    return [body.average, body.count]
  }

  it('stays its user’s when the address changes: there is no second vote', async () => {
    expect((await rate(1, 9, 'anna')).body.email).toBe('anna@test.example')
    for (const email of ['anna.2@test.example', 'anna.3@test.example']) {
      await moveTo(call, 'anna', email)
      await system().refresh()
      expect(await rate(1, 1, 'anna')).toMatchObject({
        status: 409,
        body: { code: 'rating_exists' },
      })
      const mine = await call<Rating>('GET', '/api/ratings/1/mine', { as: 'anna' })
      expect(mine.body).toMatchObject({ value: 9, email })
    }
    const changed = await call('PUT', '/api/ratings/1/mine', { body: { value: 4 }, as: 'anna' })
    expect(changed.status).toBe(200)
    expect(await average(1)).toEqual([4, 1])
  })

  it('does not follow an address to its next owner', async () => {
    await rate(2, 9, 'bert')
    await moveTo(call, 'bert', 'bert.2@test.example')
    const next = { username: 'clara', email: 'bert@test.example', password: testPassword }
    expect((await call('POST', '/api/users', { body: next, as: null })).status).toBe(201)
    const as = 'clara'
    expect((await call('GET', '/api/ratings/2/mine', { as })).status).toBe(404)
    expect((await call('PUT', '/api/ratings/2/mine', { body: { value: 1 }, as })).status).toBe(404)
    expect((await call('DELETE', '/api/ratings/2/mine', { as })).status).toBe(404)
    expect((await rate(2, 5, as)).status).toBe(201)
    expect(await average(2)).toEqual([7, 2])
  })

  it('keeps no address of its user', async () => {
    await rate(3, 9, 'dora')
    const stores = createStores()
    const store = await stores.open(system().databaseUrlOf('ratings'))
    const rows = await store.rows<{ email: string }>(sql`SELECT email FROM book_ratings`)
    expect(rows.filter(({ email }) => email !== '')).toEqual([])
    await stores.close()
  })

  it('is limited per day', async () => {
    const { id } = (await call<User>('GET', '/api/users/me', { as: 'eve' })).body
    expect((await rate(4, 5, 'eve')).status).toBe(201)
    const isSqlite = system().databaseUrlOf('ratings').startsWith('sqlite:')
    const [key, now] = isSqlite
      ? ['randomblob(16)', String(Date.now())]
      : ['gen_random_uuid()', 'now()']
    await changeByHand(
      system().databaseUrlOf('ratings'),
      `INSERT INTO book_ratings (id, book_id, user_id, email, value, created)
      WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n
        WHERE i < ${998 + ratingsPerDayMax})
      SELECT ${key}, i, '${id}', '', 5, ${now} FROM n`,
    )
    const refused = await rate(5, 5, 'eve')
    expect(refused).toMatchObject({ status: 429, body: { code: 'daily_limit_reached' } })
    expect((await rate(5, 5, 'frank')).status).toBe(201)
    await call('DELETE', '/api/ratings/4/mine', { as: 'eve' })
    expect((await rate(5, 5, 'eve')).status).toBe(201)
  })
})

describeStores('ratings formerly stored by address', (makeDatabase) => {
  const migrations = `${import.meta.dir}/migrations`

  /** A database of the version before, with one rating by each of three addresses. */
  async function fillOld(url: string) {
    const folder = await mkdtemp(join(tmpdir(), 'campus-migrations-'))
    const stores = createStores()
    const store = await stores.open(url)
    const path = `${store.dialect}/0001_ratings.sql`
    await Bun.write(`${folder}/${path}`, Bun.file(`${migrations}/${path}`))
    await store.migrate(folder)
    const isSqlite = store.dialect === 'sqlite'
    await stores.close()
    await rm(folder, { recursive: true })
    const rows = ['anna', 'bert', 'gone'].map((name, at) => {
      const id = `${'0'.repeat(31)}${at + 1}`
      const [key, time] = isSqlite ? [`x'${id}'`, '0'] : [`'${id}'`, 'to_timestamp(0)']
      return `(${key}, 1, '${name}@test.example', ${at + 4}, ${time})`
    })
    await changeByHand(
      url,
      `INSERT INTO book_ratings (id, book_id, email, value, created) VALUES ${rows.join(', ')}`,
    )
  }

  const own = async (system: TestSystem, as: string) => {
    const answer = await system.send('GET', '/api/ratings/1/mine', { as })
    return answer.status === 200 ? ((await answer.json()) as Rating).value : answer.status
  }

  it('get the user with that address, once; others stay without an owner', async () => {
    const database = await makeDatabase()
    await fillOld(database.url.replace('{service}', 'ratings'))
    const keep = { url: database.url, remove: async () => {} }
    const system = await startForTest(async () => keep)
    // Anna asks before anybody was looked up, Bert after.
    expect(await own(system, 'anna')).toBe(4)
    await system.tokenOf('bert')
    system.startTasks()
    const stores = createStores()
    const store = await stores.open(database.url.replace('{service}', 'ratings'))
    const left = () => store.rows(sql`SELECT email FROM rating_addresses`)
    for (let n = 0; (await left()).length > 0 && n < 200; n++) await Bun.sleep(100)
    expect(await left()).toEqual([])
    expect(await own(system, 'bert')).toBe(5)
    expect(await own(system, 'gone')).toBe(404)
    const again = await system.send('POST', '/api/ratings/1', { body: { value: 1 }, as: 'bert' })
    expect(again.status).toBe(409)
    const summary = await system.send('GET', '/api/ratings/1')
    expect(await summary.json()).toMatchObject({ average: 5, count: 3 })
    await stores.close()
    await system.close()
    await database.remove()
  }, 40_000)
})
