import { expect, it } from 'bun:test'
import type { CreatedApiKey } from '../../../shared/schemas/api-key.ts'
import { describeStores, makeSqlite } from '../../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../../shared/testing/listen.ts'
import { startForTest, type TestSystem } from '../../testing/system.ts'
import { minute_ms } from '../../../shared/duration.ts'

// What the README promises, plus some time for a loaded machine.
const revokedWithin_ms = 5000 + 2000

const ask = (system: TestSystem, path: string, key: string) =>
  system.send('GET', path, { as: null, headers: { authorization: `Bearer ${key}` } })
const statusOf = async (system: TestSystem, path: string, key: string) => {
  const { status, body } = await ask(system, path, key)
  await body?.cancel()
  return status
}
const make = async (users: TestSystem, as = 'admin') => {
  const body = { name: 'a machine', scopes: ['read'] }
  const answer = await users.send('POST', '/api/api_keys', { as, body })
  return (await answer.json()) as CreatedApiKey
}

describeStores('an API key in another process', (makeDatabase) => {
  it('works, until at most 5 s after its revocation, streams included', async () => {
    const users = await startForTest(makeDatabase, { parts: ['users'] })
    const environment = { USERS_URL: listenForTest(users.app) }
    const other = await startForTest(makeSqlite, { parts: ['inventory'], environment })
    users.startTasks()
    other.startTasks()
    const { id, key } = await make(users)
    expect(await statusOf(other, '/api/cars', key)).toBe(200)
    expect(await statusOf(users, '/api/users/me', key)).toBe(200)
    const stream = await ask(other, '/api/allocations/events', key)
    expect(stream.status).toBe(200)

    const revoked_ms = performance.now()
    expect((await users.send('DELETE', `/api/api_keys/${id}`)).status).toBe(204)
    const ended = stream.text().then(() => performance.now() - revoked_ms)
    const isIn = async (system: TestSystem, path: string) =>
      (await statusOf(system, path, key)) === 200 &&
      performance.now() - revoked_ms < revokedWithin_ms
    while (await isIn(other, '/api/cars')) await Bun.sleep(50)
    while (await isIn(users, '/api/users/me')) await Bun.sleep(50)
    expect(await statusOf(other, '/api/cars', key)).toBe(401)
    expect(await statusOf(users, '/api/users/me', key)).toBe(401)
    expect(await ended).toBeLessThan(revokedWithin_ms)
    await users.app.stop(true)
    await Promise.all([users.close(), other.close()])
  }, 60_000)
})

it('keys work for ten minutes while users is unavailable, like access tokens', async () => {
  const users = await startForTest(makeSqlite, { parts: ['users'] })
  let now = Date.now()
  const environment = { USERS_URL: listenForTest(users.app), HOP_TIMEOUT_MS: '500' }
  const other = await startForTest(makeSqlite, {
    parts: ['inventory'],
    environment,
    clock: () => now,
  })
  const [known, unknown] = [await make(users), await make(users)]
  expect(await statusOf(other, '/api/cars', known.key)).toBe(200)
  await users.app.stop(true)
  await users.close()
  now += 9 * minute_ms
  expect(await statusOf(other, '/api/cars', known.key)).toBe(200)
  const answer = await ask(other, '/api/cars', unknown.key)
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'keys_unavailable' }])
  now += 2 * minute_ms
  expect(await statusOf(other, '/api/cars', known.key)).toBe(503)
  await other.close()
}, 30_000)

it('a key in constant use is looked up once in 3 s', async () => {
  const users = await startForTest(makeSqlite, { parts: ['users'] })
  let now = Date.now()
  const environment = { USERS_URL: listenForTest(users.app) }
  const clock = () => now
  const other = await startForTest(makeSqlite, { parts: ['inventory'], environment, clock })
  const { key } = await make(users)
  await Promise.all(Array.from({ length: 100 }, () => statusOf(other, '/api/cars', key)))
  for (let second = 0; second < 6; second++) {
    expect(await statusOf(other, '/api/cars', key)).toBe(200)
    now += 1000
  }
  await users.app.stop(true)
  await Promise.all([users.close(), other.close()])
  const lines = users.logged().split('\n')
  expect(lines.filter((line) => line.includes('/api/api_keys/owner'))).toHaveLength(2)
})

it('requests with a key count towards its owner, like those with a token', async () => {
  const environment = { USER_LIMIT_PER_MINUTE: '20', TRUSTED_PROXIES: '127.0.0.0/8' }
  const system = await startForTest(makeSqlite, { environment })
  const { key } = await make(system, 'anna')
  const url = listenForTest(system.app)
  const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': '203.0.113.9' }
  const read = async () => (await fetch(`${url}/api/cars`, { headers })).status
  const answers: number[] = []
  for (let time = 0; time < 30; time++) answers.push(await read())
  expect(answers.filter((status) => status === 429).length).toBeGreaterThan(5)
  await system.app.stop(true)
  await system.close()
})
