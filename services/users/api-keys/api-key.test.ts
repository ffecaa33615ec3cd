import { afterAll, beforeAll, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { createApiKey, hashApiKey } from '../../../shared/api-key.ts'
import type { ApiKey, CreatedApiKey } from '../../../shared/schemas/api-key.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startForTest, testPassword, type TestSystem } from '../../testing/system.ts'
import { usersTables } from '../tables.ts'
import { createAttempts } from '../attempts.ts'
import { createStanding } from '../standing.ts'
import { createApiKeys } from './api-keys.ts'
import { day_ms } from '../../../shared/duration.ts'

describeStores('API keys', (makeDatabase) => {
  let system: TestSystem
  let now = Date.parse('2027-03-01T09:00:00Z')
  beforeAll(async () => {
    system = await startForTest(makeDatabase, { clock: () => now })
  }, 30_000)
  afterAll(() => system.close())

  /** Longer than a process caches a key. */
  const pass = (ms = 4000) => void (now += ms)

  async function send<T>(method: string, path: string, options: object = {}) {
    const answer = await system.send(method, path, options)
    const body = (await answer.json().catch(() => undefined)) as T & Partial<Problem>
    return { status: answer.status, headers: answer.headers, body }
  }
  const make = async (as: string, given: object = {}) => {
    const body = { name: 'a script', scopes: ['read'], ...given }
    const answer = await send<CreatedApiKey>('POST', '/api/api_keys', { as, body })
    expect(answer.status).toBe(201)
    return answer.body
  }
  type Use = [method: string, path: string, body?: object | undefined]
  const use = (key: string, ...[method, path, body]: Use | []) => {
    const headers = { authorization: `Bearer ${key}` }
    return send<User>(method ?? 'GET', path ?? '/api/users/me', { as: null, headers, body })
  }
  const list = async (as: string, query = '') =>
    (await send<ApiKey[]>('GET', `/api/api_keys${query}`, { as })).body as ApiKey[]
  const me = async (as: string) => (await send<User>('GET', '/api/users/me', { as })).body
  async function withStore(run: (store: Store) => Promise<void>) {
    const stores = createStores()
    await run(await stores.open(system.databaseUrlOf('users')))
    await stores.close()
  }

  it('authenticate a script as its owner, and are shown once', async () => {
    const { key, ...shown } = await make('anna', {
      name: 'The ERP',
      scopes: ['inventory:book', 'inventory:book'],
    })
    expect(await list('anna')).toEqual([shown])
    expect(shown).toMatchObject({ name: 'The ERP', scopes: ['inventory:book'], last_used: null })
    expect(Date.parse(shown.expires) - now).toBe(90 * day_ms)
    const cars = await send('POST', '/api/cars', { body: { name: 'For scripts' } })
    const { id } = cars.body as unknown as { id: string }
    const span = { from_datetime: '2027-03-02T09:00:00Z', to_datetime: '2027-03-02T10:00:00Z' }
    const booked = await use(key, 'POST', `/api/cars/${id}/allocations`, span)
    expect(booked.status).toBe(201)
    expect(booked.body).toMatchObject({ created_by: (await me('anna')).id })
  })

  it('are kept as a hash, and are in no log', async () => {
    const { key } = await make('bea')
    await use(key)
    await use(`${key}x`)
    await send('GET', `/api/users/me?api_key=wrong`, { as: null })
    await withStore(async ({ rows }) => {
      const kept = JSON.stringify(await rows(sql`SELECT * FROM api_keys`))
      expect(kept).toContain('key_hash')
      expect(kept).not.toContain(key)
    })
    expect(system.logged()).toContain('api_key_created')
    expect(system.logged()).not.toContain(key)
    expect(system.logged()).not.toContain(key.slice(7, 30))
  })

  it('are refused if expired, unknown, cut off or misspelt', async () => {
    const { key } = await make('cleo', { expires: new Date(now + day_ms).toISOString() })
    expect((await use(key)).status).toBe(200)
    const bad = [createApiKey(), key.slice(0, -1), key.toLowerCase(), `${key}.a.b`, 'campus_', '']
    for (const each of bad) {
      const { status, headers } = await use(each)
      expect([each, status]).toEqual([each, 401])
      expect(headers.get('www-authenticate')).toContain('Bearer')
    }
    pass(day_ms)
    expect(await use(key)).toMatchObject({ status: 401, body: { code: 'api_key_invalid' } })
  })

  it('work in the header only: not in the query, a cookie, or as a password', async () => {
    const { key } = await make('dora')
    const path = `/api/users/me?api_key=${key}&access_token=${key}`
    expect((await send('GET', path, { as: null })).status).toBe(401)
    const headers = { cookie: `api_key=${key}`, 'x-api-key': key }
    expect((await send('GET', '/api/users/me', { as: null, headers })).status).toBe(401)
    const basic = { authorization: `Basic ${btoa(`dora:${key}`)}` }
    expect((await send('GET', '/api/users/me', { as: null, headers: basic })).status).toBe(401)
    const service = { 'x-service-token': key }
    expect((await send('GET', '/api/users/me', { as: null, headers: service })).status).toBe(401)
    const login = { as: null, body: { username: 'dora', password: key } }
    expect((await send('POST', '/api/login', login)).status).toBe(401)
    const refresh = { as: null, body: { refresh_token: key } }
    expect((await send('POST', '/api/token/refresh', refresh)).status).toBe(401)
  })

  it('are revoked by their owner or an administrator, and nobody else', async () => {
    const [first, second] = [await make('emma'), await make('emma')]
    expect((await use(first.key)).status).toBe(200)
    const revoke = (id: string, as: string) => send('DELETE', `/api/api_keys/${id}`, { as })
    expect(await revoke(first.id, 'finn')).toMatchObject({
      status: 404,
      body: { code: 'api_key_not_found' },
    })
    pass()
    expect((await use(first.key)).status).toBe(200)
    expect((await revoke(first.id, 'emma')).status).toBe(204)
    expect((await revoke(first.id, 'emma')).status).toBe(404)
    expect((await revoke(second.id, 'admin')).status).toBe(204)
    pass()
    expect((await use(first.key)).status).toBe(401)
    expect((await use(second.key)).status).toBe(401)
    expect(await list('emma')).toEqual([])
  })

  it('of others are listed for administrators only', async () => {
    const { id } = await make('gina')
    const query = `?user_id=${(await me('gina')).id}`
    expect((await list('admin', query)).map((key) => key.id)).toEqual([id])
    expect((await list('gina', query)).map((key) => key.id)).toEqual([id])
    expect(await send('GET', `/api/api_keys${query}`, { as: 'finn' })).toMatchObject({
      status: 403,
    })
  })

  it('have no more rights than their owner has now', async () => {
    const { id } = await me('hans')
    const setRole = (role: string) => send('PATCH', `/api/users/${id}`, { body: { role } })
    await setRole('admin')
    const { key } = await make('hans', { scopes: ['manage'] })
    const add = (name: string) => use(key, 'POST', '/api/cars', { name })
    expect((await add('of an administrator')).status).toBe(201)
    await setRole('member')
    pass()
    expect(await add('of a member')).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect((await use(key)).body.role).toBe('member')
  })

  it('are removed with the account', async () => {
    const { key } = await make('ida')
    const { id: owner } = await me('ida')
    expect((await use(key)).status).toBe(200)
    expect(await list('admin', `?user_id=${owner}`)).toHaveLength(1)
    const body = { current_password: testPassword }
    expect((await send('DELETE', `/api/users/${owner}`, { as: 'ida', body })).status).toBe(204)
    pass()
    expect((await use(key)).status).toBe(401)
    expect(await list('admin', `?user_id=${owner}`)).toEqual([])
  })

  it('outlive a new password and the end of all logins: machines have neither', async () => {
    const { key } = await make('jane')
    expect((await send('DELETE', '/api/logins', { as: 'jane' })).status).toBe(204)
    await system.refresh()
    pass()
    expect((await use(key)).status).toBe(200)
  })

  it('never change keys, passwords, logins or accounts', async () => {
    const { key, id } = await make('admin', { scopes: ['manage'] })
    const { id: anna } = await me('anna')
    const tries: [string, string, object?][] = [
      ['POST', '/api/api_keys', { name: 'another', scopes: ['manage'] }],
      ['DELETE', `/api/api_keys/${id}`],
      ['PATCH', `/api/users/${anna}`, { password: 'a password of a thief' }],
      ['PATCH', `/api/users/${anna}`, { role: 'admin' }],
      ['DELETE', `/api/users/${anna}`],
      ['POST', '/api/users', { username: 'thief', email: 'a@b.example', password: 'long enough' }],
      ['DELETE', '/api/logins'],
      ['DELETE', `/api/logins/${id}`],
      ['POST', '/api/signing_keys'],
      ['DELETE', '/api/signing_keys'],
    ]
    for (const [method, path, body] of tries) {
      const { status, body: problem } = await use(key, method, path, body)
      expect([method, path, status, problem.code]).toEqual([method, path, 403, 'login_required'])
    }
    expect((await use(key)).status).toBe(200)
  })

  it('open neither metrics nor internal operations', async () => {
    const { key } = await make('admin', { scopes: ['manage'] })
    const hash = { key_hash: 'x'.repeat(43) }
    expect((await use(key, 'POST', '/api/api_keys/owner', hash)).status).toBe(403)
    expect((await use(key, 'GET', '/api/logins/ended')).status).toBe(403)
  })

  it('are refused with what is wrong', async () => {
    const ask = (body: object) => send('POST', '/api/api_keys', { as: 'kim', body })
    const wish = { name: 'a script', scopes: ['read'] }
    const wrong: [object, string][] = [
      [{ ...wish, scopes: [] }, '#/scopes'],
      [{ ...wish, scopes: ['write'] }, '#/scopes/0'],
      [{ ...wish, scopes: ['read', 'inventry:book'] }, '#/scopes/1'],
      [{ ...wish, name: '' }, '#/name'],
      [{ ...wish, expires: new Date(now - 1).toISOString() }, '#/expires'],
      [{ ...wish, expires: new Date(now + 400 * day_ms).toISOString() }, '#/expires'],
      [{ ...wish, expires: '2027-02-30T00:00:00Z' }, '#/expires'],
    ]
    for (const [body, pointer] of wrong) {
      const answer = await ask(body)
      const pointers = answer.body.errors?.map((error) => error.pointer)
      expect([body, answer.status, pointers]).toEqual([body, 422, [pointer]])
    }
    const misspelt = await ask({ ...wish, scopes: ['inventry:book'] })
    expect(misspelt.body.detail).toContain('inventory')
  })

  it('show their last use, written once a minute', async () => {
    const { id, key } = await make('mona')
    const context = { clock: () => now, id: () => '', config: { services: [] } }
    const lastUse = async () => (await list('mona')).find((each) => each.id === id)?.last_used
    await withStore(async (store) => {
      const tables = usersTables(store.columns)
      const given = { ...context, store }
      const attempts = createAttempts(given, tables)
      const standing = createStanding(store, tables)
      const options = { attempts, security: () => {}, standing }
      const { findOwner, recordUse } = createApiKeys(given, tables, options)
      await Promise.all(Array.from({ length: 100 }, () => findOwner(hashApiKey(key))))
      expect(await lastUse()).toBeNull()
      await recordUse()
      expect(await lastUse()).toBe(new Date(now).toISOString())
      const first = now
      pass(10_000)
      await findOwner(hashApiKey(key))
      await recordUse()
      expect(await lastUse()).toBe(new Date(first).toISOString())
      pass(60_000)
      await recordUse()
      expect(await lastUse()).toBe(new Date(first).toISOString())
      await findOwner(hashApiKey(key))
      await recordUse()
      expect(await lastUse()).toBe(new Date(now).toISOString())
    })
  })

  it('are at most 20 per user, even if 40 are created simultaneously', async () => {
    await system.tokenOf('lena')
    const body = { name: 'one of many', scopes: ['read'] }
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => send('POST', '/api/api_keys', { as: 'lena', body })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
    const refused = answers.filter(({ status }) => status === 409)
    expect(refused).toHaveLength(20)
    expect(refused[0]?.body.code).toBe('too_many_api_keys')
    const keys = await list('lena')
    expect(keys).toHaveLength(20)
    await send('DELETE', `/api/api_keys/${keys[0]?.id}`, { as: 'lena' })
    await make('lena')
  })
})
