import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { ApiKey } from '../../shared/schemas/api-key.ts'
import type { AddedPasskey, PasskeyCreation } from '../../shared/schemas/passkey.ts'
import type { User } from '../../shared/schemas/user.ts'
import { beginByHand, changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import document from '../openapi.json'
import { startForTest, testPassword, type TestSystem } from '../testing/system.ts'
import { useSystem } from '../testing/use-system.ts'
import { createAuthenticator } from './passkeys/testing/authenticator.ts'

const home = 'https://campus.example'
const nowhere = '01a1fe45-0000-7000-8000-000000000000'

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, { tags, 'x-access': rule }]) => tags[0] === 'users' && rule !== 'public')
    .map(([method]) => [method.toUpperCase(), path.replace(/{\w+}/g, nowhere)] as const),
)

describeStores('former administrators', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase, {
    parts: ['users'],
    environment: { PUBLIC_URL: home },
  })
  let elsewhere: TestSystem
  beforeAll(async () => {
    const database = { url: system().databaseUrl, remove: async () => {} }
    const environment = { USERS_URL: listenForTest(system().app) }
    elsewhere = await startForTest(async () => database, { parts: ['inventory'], environment })
  }, 60_000)
  afterAll(() => elsewhere.close())

  /** A new administrator, and their browser's headers. */
  async function appoint(name: string) {
    const { body: user } = await call<User>('GET', '/api/users/me', { as: name })
    await call('PATCH', `/api/users/${user.id}`, { body: { role: 'admin' } })
    await system().refresh()
    await call('GET', '/api/users/me', { as: name })
    const headers = { authorization: `Bearer ${await system().tokenOf(name)}` }
    expect((await call('GET', '/api/users', { as: null, headers })).status).toBe(200)
    return { id: user.id, headers, path: `/api/users/${user.id}` }
  }

  /** Their responses by operation; no process here learns by itself that anything ended. */
  async function tryAll(headers: Record<string, string>): Promise<Set<number>> {
    const statuses = new Set<number>()
    for (const [method, path] of operations) {
      const { status } = await call(method, path, { as: null, headers })
      statuses.add(status)
    }
    return statuses
  }

  async function addPasskey(as: string): Promise<AddedPasskey> {
    const own = { as, body: { current_password: testPassword } }
    const { body: begun } = await call<PasskeyCreation>('POST', '/api/passkeys/options', own)
    const response = createAuthenticator(home).create(begun.options)
    const made = { name: 'Laptop', token: begun.token, response }
    return (await call<AddedPasskey>('POST', '/api/passkeys', { as, body: made })).body
  }

  const byHand = (text: string) => changeByHand(system().databaseUrlOf('users'), text)

  it('cannot manage accounts from the moment they were demoted', async () => {
    const { headers, path } = await appoint('mia')
    const demotion = { body: { role: 'member' } }
    expect((await call('PATCH', path, demotion)).status).toBe(200)
    // Nor appoint themselves again.
    const again = { as: null, headers, body: { role: 'admin' } }
    expect((await call('PATCH', path, again)).status).toBe(401)
    expect((await call<User>('GET', path)).body.role).toBe('member')
    expect(await tryAll(headers)).toEqual(new Set([401]))
  })

  it('cannot after being disabled, or ending all of their logins', async () => {
    const disabled = await appoint('kim')
    await call('PATCH', disabled.path, { body: { disabled: true } })
    expect(await tryAll(disabled.headers)).toEqual(new Set([401]))
    const left = await appoint('lea')
    const own = { as: null, headers: left.headers }
    expect((await call('DELETE', '/api/logins', own)).status).toBe(204)
    expect(await tryAll(left.headers)).toEqual(new Set([401]))
  })

  it('cannot after being demoted by hand: here at once, elsewhere at the next poll', async () => {
    const { headers, id } = await appoint('noa')
    const body = { name: 'script', scopes: ['manage'] }
    const { body: made } = await call<{ key: string }>('POST', '/api/api_keys', {
      as: null,
      headers,
      body,
    })
    const key = { authorization: `Bearer ${made.key}` }
    const audit = () => elsewhere.send('GET', '/api/allocations/audit', { as: null, headers })
    expect((await audit()).status).toBe(200)
    expect((await call('GET', '/api/users', { as: null, headers: key })).status).toBe(200)
    await byHand(`UPDATE users SET role = 'member' WHERE username_key = 'noa'`)
    expect(await tryAll(headers)).toEqual(new Set([401]))
    expect((await call('GET', '/api/users', { as: null, headers: key })).status).toBe(401)
    await elsewhere.refresh()
    expect((await audit()).status).toBe(401)
    expect((await call<User>('GET', `/api/users/${id}`)).body.role).toBe('member')
  })

  it('cannot while their own request is in flight', async () => {
    const { headers } = await appoint('ida')
    const { body: victim } = await call<User>('GET', '/api/users/me', { as: 'vic' })
    const path = `/api/users/${victim.id}`
    const own = { current_password: testPassword }
    expect((await call('POST', '/api/second_factor', { as: 'vic', body: own })).status).toBe(200)
    const { passkey } = await addPasskey('vic')
    const script = { name: 'script', scopes: ['read'] }
    const key = await call<ApiKey>('POST', '/api/api_keys', { as: 'vic', body: script })
    const group = await call<{ id: string }>('POST', '/api/groups', { body: { name: 'Crew' } })
    const commit = await beginByHand(
      system().databaseUrlOf('users'),
      `UPDATE users SET role = 'member' WHERE username_key = 'ida'`,
    )
    const send = (method: string, to: string, body?: object) =>
      call(method, to, { as: null, headers, ...(body && { body }) })
    const asked = [
      send('PATCH', path, { role: 'admin' }),
      send('DELETE', path),
      send('POST', `${path}/password_link`),
      send('PUT', `/api/groups/${group.body.id}/members/${victim.id}`, {}),
      send('DELETE', `${path}/logins`),
      send('DELETE', `${path}/second_factor`),
      send('DELETE', `/api/passkeys/${passkey.id}`),
      send('DELETE', `/api/api_keys/${key.body.id}`),
      send('POST', '/api/invitations', { role: 'admin' }),
    ]
    // Already read, they wait for the commit, and respond after it.
    for (let at = 0; at < 20; at++) await call('GET', '/api/users/me', { as: 'vic' })
    await commit()
    const answers = await Promise.all(asked)
    expect(answers.map(({ status }) => status)).toEqual(asked.map(() => 401))
    const { body: after } = await call<User>('GET', path)
    expect(after.role).toBe('member')
    const members = `/api/groups/${group.body.id}/members`
    expect((await call<unknown[]>('GET', members)).body).toEqual([])
    expect((await call<unknown[]>('GET', '/api/invitations')).body).toEqual([])
    expect((await call('GET', '/api/users/me', { as: 'vic' })).status).toBe(200)
    for (const what of ['passkeys', 'api_keys']) {
      expect((await call('GET', `/api/${what}`, { as: 'vic' })).body).toHaveLength(1)
    }
    expect((await call('DELETE', `${path}/second_factor`)).status).toBe(204)
  })
})
