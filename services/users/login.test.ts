import { afterAll, beforeAll, expect, it } from 'bun:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { KeySet, Tokens } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { createSecret } from '../../shared/host/secret.ts'
import { createStores } from '@campus/store/open.ts'
import { startForTest, testEnvironment, testPassword, type TestSystem } from '../testing/system.ts'
import { createSigningKeys } from './signing-keys.ts'
import { usersTables } from './tables.ts'
import { day_ms, minute_ms } from '../../shared/duration.ts'

describeStores('logins', (makeDatabase) => {
  let system: TestSystem
  let now = Date.parse('2027-03-01T09:00:00Z')

  beforeAll(async () => {
    system = await startForTest(makeDatabase, { clock: () => now })
  }, 30_000)
  afterAll(() => system.close())

  async function post<T = Tokens & Problem>(path: string, body: object) {
    const answer = await system.send('POST', path, { as: null, body })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: JSON.parse(text || '{}') as T }
  }
  const logIn = (username: string, password = testPassword) =>
    post('/api/login', { username, password })
  const refresh = (refresh_token: string) => post('/api/token/refresh', { refresh_token })
  const refreshFrom = async (device: string, refresh_token: string) => {
    const headers = { 'user-agent': device }
    const body = { refresh_token }
    return (await system.send('POST', '/api/token/refresh', { as: null, headers, body })).status
  }
  const whoIs = (token: string) =>
    system.send('GET', '/api/users/me', {
      as: null,
      headers: { authorization: `Bearer ${token}` },
    })

  /** As a process an hour ahead of this one. */
  async function renewKeys(): Promise<void> {
    const stores = createStores()
    const store = await stores.open(system.databaseUrlOf('users'))
    const context = { store, clock: () => now, secret: createSecret(testEnvironment.SECRET) }
    await createSigningKeys(context, usersTables(store.columns)).renew()
    await stores.close()
  }

  it('give tokens for a username or an address, in any case', async () => {
    await system.tokenOf('anna')
    for (const name of ['anna', 'ANNA', 'Anna@Test.Example']) {
      const { status, headers, body } = await logIn(name)
      expect(status).toBe(200)
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600 })
      expect(headers.get('cache-control')).toBe('no-store')
      expect(await (await whoIs(body.access_token)).json()).toMatchObject({ username: 'anna' })
    }
  })

  it('name the user in the token, and no more', async () => {
    const { access_token } = (await logIn('anna')).body
    const published = await system.send('GET', '/.well-known/jwks.json', { as: null })
    // A new key signs after a minute.
    expect(published.headers.get('cache-control')).toBe('public, max-age=30')
    const { keys } = (await published.json()) as KeySet
    const header = decodeProtectedHeader(access_token)
    expect(header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: keys[0]?.kid ?? '' })
    const claims = decodeJwt(access_token)
    expect(Object.keys(claims).toSorted()).toEqual(
      ['aud', 'email', 'exp', 'iat', 'iss', 'role', 'sid', 'sub'].toSorted(),
    )
    expect(Number(claims.exp) * 1000 - now).toBeLessThanOrEqual(15 * minute_ms)
    expect(JSON.stringify(keys)).not.toContain('"d"')
  })

  it('respond to an unknown name as to a wrong password', async () => {
    const wrong = await logIn('anna', 'not the password')
    const unknown = await logIn('nobody-here')
    expect(wrong.status).toBe(401)
    expect(wrong.body.detail).toBe('username or password is not correct')
    expect(unknown.body).toEqual(wrong.body)
  })

  it('continue by a refresh token that works once', async () => {
    const first = (await logIn('anna')).body
    const second = await refresh(first.refresh_token)
    expect(second.status).toBe(200)
    expect((await whoIs(second.body.access_token)).status).toBe(200)
    expect((await refresh(second.body.refresh_token)).status).toBe(200)
  })

  it('survive a lost response of a refresh, for half a minute', async () => {
    const { refresh_token } = (await logIn('anna')).body
    const lost = (await refresh(refresh_token)).body
    now += 29_000
    const again = (await refresh(refresh_token)).body
    expect((await whoIs(again.access_token)).status).toBe(200)
    expect((await refresh(again.refresh_token)).status).toBe(200)
    // A thief elsewhere does not get it.
    now += 31_000
    expect((await refresh(lost.refresh_token)).status).toBe(401)
  })

  it('end when a refresh token is used after that', async () => {
    const first = (await logIn('anna')).body
    const second = (await refresh(first.refresh_token)).body
    // Repeating it does not extend the time.
    now += 20_000
    expect((await refresh(first.refresh_token)).status).toBe(200)
    now += 10_000
    const again = await refresh(first.refresh_token)
    expect([again.status, again.body.code]).toEqual([401, 'refresh_token_invalid'])
    expect((await refresh(second.refresh_token)).status).toBe(401)
    await system.refresh()
    expect((await whoIs(second.access_token)).status).toBe(401)
  })

  it('end immediately when a refresh token is used again elsewhere', async () => {
    const { refresh_token } = (await logIn('anna')).body
    expect(await refreshFrom('the phone', refresh_token)).toBe(200)
    expect(await refreshFrom('the phone', refresh_token)).toBe(200)
    expect(await refreshFrom('another phone', refresh_token)).toBe(401)
    expect(await refreshFrom('the phone', refresh_token)).toBe(401)
  })

  it('end immediately when a refresh token is used after its successor', async () => {
    const first = (await logIn('anna')).body
    const second = (await refresh(first.refresh_token)).body
    const third = (await refresh(second.refresh_token)).body
    expect((await refresh(first.refresh_token)).status).toBe(401)
    expect((await refresh(third.refresh_token)).status).toBe(401)
  })

  it('give twenty simultaneous refreshes the same successor', async () => {
    const { refresh_token } = (await logIn('anna')).body
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const [one, other] = answers.map(({ body }) => body.refresh_token)
    expect((await refresh(one ?? '')).status).toBe(200)
    now += 31_000
    expect((await refresh(other ?? '')).status).toBe(401)
  })

  it('end at logout, and only that one', async () => {
    const [here, there] = [(await logIn('anna')).body, (await logIn('anna')).body]
    const { refresh_token } = here
    expect((await post('/api/logout', { refresh_token })).status).toBe(204)
    await system.refresh()
    expect((await whoIs(here.access_token)).status).toBe(401)
    expect((await refresh(refresh_token)).status).toBe(401)
    expect((await post('/api/logout', { refresh_token })).status).toBe(204)
    expect((await whoIs(there.access_token)).status).toBe(200)
  })

  it('refuse foreign refresh tokens, without ending anything', async () => {
    const { access_token, refresh_token } = (await logIn('anna')).body
    const [login = '', count = '', seal = ''] = refresh_token.split('.')
    const forged = [
      '',
      'x',
      `${login}.${count}`,
      `${login}.1.${seal}`,
      `${login}.00.${seal}`,
      `${login}.${count}.${seal.slice(0, -2)}AA`,
      `${Bun.randomUUIDv7()}.${count}.${seal}`,
      access_token.slice(0, 200),
    ]
    for (const token of forged) expect([token, (await refresh(token)).status]).toEqual([token, 401])
    await system.refresh()
    expect((await whoIs(access_token)).status).toBe(200)
    expect((await refresh(refresh_token)).status).toBe(200)
  })

  it('survive a change of the signing key', async () => {
    const before = (await logIn('anna')).body.access_token
    now += 31 * day_ms
    await renewKeys()
    now += 2 * minute_ms
    await system.refresh()
    const after = (await logIn('anna')).body.access_token
    const kid = (token: string) => decodeProtectedHeader(token).kid
    expect(kid(after)).not.toBe(kid(before))
    expect((await whoIs(after)).status).toBe(200)
    const { keys } = (await (await system.send('GET', '/.well-known/jwks.json')).json()) as KeySet
    expect(keys.map((key) => key.kid)).toEqual([String(kid(before)), String(kid(after))])
    // The old key is deleted when its last token has expired.
    now += 3 * day_ms
    await renewKeys()
    const left = (await (await system.send('GET', '/.well-known/jwks.json')).json()) as KeySet
    expect(left.keys.map((key) => key.kid)).toEqual([String(kid(after))])
  })

  it('leave no password, token or hash in the log', async () => {
    const { access_token, refresh_token } = (await logIn('anna')).body
    await logIn('anna', 'a secret guess of mine')
    await system.send('POST', '/api/login', {
      as: null,
      body: `{"username":"anna","password":"half`,
    })
    const log = system.logged()
    expect(log).toContain('/api/login')
    for (const secret of [
      testPassword,
      'a secret guess',
      '"half',
      access_token.split('.')[2] ?? '',
      refresh_token,
      'argon2',
      '$argon',
    ]) {
      expect(log).not.toContain(secret)
    }
  })

  it('end when unused for thirty days', async () => {
    const old = (await logIn('anna')).body
    now += 29 * day_ms
    const used = await refresh(old.refresh_token)
    expect(used.status).toBe(200)
    now += 29 * day_ms
    const again = await refresh(used.body.refresh_token)
    expect(again.status).toBe(200)
    now += 31 * day_ms
    const { access_token } = (await logIn('anna')).body
    const headers = { authorization: `Bearer ${access_token}` }
    const list = await system.send('GET', '/api/logins', { as: null, headers })
    expect(await list.json()).toMatchObject([{ current: true }])
    expect((await refresh(again.body.refresh_token)).status).toBe(401)
  })
})
