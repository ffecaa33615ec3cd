import { expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStores, makeSqlite } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'

// Followers poll every 2 s; a loaded machine may take longer.
const waitMax_ms = 20_000

async function waitFor(isThere: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + waitMax_ms
  while (Date.now() < end) {
    if (await isThere()) return true
    await Bun.sleep(50)
  }
  return false
}

const ask = async (system: TestSystem, path: string, token: string) =>
  (
    await system.send('GET', path, {
      as: null,
      headers: { authorization: `Bearer ${token}` },
    })
  ).status

const logIn = async (users: TestSystem) => {
  const body = { username: 'admin', password: 'a password for tests' }
  const answer = await users.send('POST', '/api/login', { as: null, body })
  return ((await answer.json()) as { access_token: string }).access_token
}

describeStores('a revoked signing key', (makeDatabase) => {
  it('verifies nothing, here and in every other process', async () => {
    const users = await startForTest(makeDatabase, { parts: ['users'] })
    const environment = { USERS_URL: listenForTest(users.app) }
    const follower = await startForTest(makeSqlite, { parts: ['inventory'], environment })
    users.startTasks()
    follower.startTasks()
    const stolen = await logIn(users)
    expect(await ask(follower, '/api/cars', stolen)).toBe(200)
    expect(await ask(users, '/api/users/me', stolen)).toBe(200)

    const revoked = await users.send('DELETE', '/api/signing_keys', {
      headers: { authorization: `Bearer ${stolen}` },
    })
    expect(revoked.status).toBe(200)
    const { id } = (await revoked.json()) as { id: string }
    const isRefused = async (system: TestSystem, path: string) =>
      (await ask(system, path, stolen)) === 401
    expect(await waitFor(() => isRefused(follower, '/api/cars'))).toBe(true)
    expect(await waitFor(() => isRefused(users, '/api/users/me'))).toBe(true)

    const renewed = await logIn(users)
    expect(JSON.parse(atob(renewed.split('.')[0] ?? '')).kid).toBe(id)
    expect(await waitFor(async () => (await ask(follower, '/api/cars', renewed)) === 200)).toBe(
      true,
    )
    await users.app.stop(true)
    await Promise.all([users.close(), follower.close()])
  }, 90_000)
})

it('a service that starts while users is unavailable has its former keys', async () => {
  const users = await startForTest(makeSqlite, { parts: ['users'] })
  const folder = await mkdtemp(join(tmpdir(), 'campus-keys-'))
  const KEYS_FILE = join(folder, 'kept/keys.json')
  const environment = { USERS_URL: listenForTest(users.app), KEYS_FILE }
  const token = await logIn(users)
  const start = () => startForTest(makeSqlite, { parts: ['inventory'], environment })
  const stateOf = async (system: TestSystem) =>
    (await system.send('GET', '/readyz', { as: null })).status

  const first = await start()
  expect(await ask(first, '/api/cars', token)).toBe(200)
  await first.close()
  await users.app.stop(true)
  await users.close()

  const again = await start()
  expect(await stateOf(again)).toBe(200)
  expect(await ask(again, '/api/cars', token)).toBe(200)
  await again.close()

  await Bun.file(KEYS_FILE).delete()
  const without = await start()
  expect(await ask(without, '/api/cars', token)).toBe(503)
  const state = await without.send('GET', '/readyz', { as: null })
  expect([state.status, await state.json()]).toMatchObject([
    503,
    { checks: { 'keys of users': 'failed' } },
  ])
  await Bun.write(KEYS_FILE, 'nonsense')
  expect(await ask(without, '/api/cars', token)).toBe(503)
  await without.close()
  await rm(folder, { recursive: true })
}, 30_000)

it('is polled for every two seconds, without log lines', async () => {
  const users = await startForTest(makeSqlite, { parts: ['users'] })
  const environment = { USERS_URL: listenForTest(users.app) }
  const follower = await startForTest(makeSqlite, { parts: ['inventory'], environment })
  await users.refresh()
  await follower.refresh()
  await follower.close()
  await users.close()
  const asked = users
    .logged()
    .split('\n')
    .filter((line) => line.includes('/.well-known/jwks.json'))
    .map((line) => (JSON.parse(line) as { level: string }).level)
  expect(new Set(asked)).toEqual(new Set(['debug']))
}, 30_000)
