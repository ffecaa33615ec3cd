import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Login, Tokens, User } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, testPassword, type TestSystem } from '../testing/system.ts'

describeStores("a user's logins", (makeDatabase) => {
  let system: TestSystem
  beforeAll(async () => {
    system = await startForTest(makeDatabase)
  }, 30_000)
  afterAll(() => system.close())

  async function logIn(username: string, agent = 'a browser'): Promise<Tokens> {
    const body = { username, password: testPassword }
    const headers = { 'user-agent': agent }
    const answer = await system.send('POST', '/api/login', { as: null, body, headers })
    return (await answer.json()) as Tokens
  }
  function call(method: string, path: string, { access_token }: Tokens) {
    const headers = { authorization: `Bearer ${access_token}` }
    return system.send(method, path, { as: null, headers })
  }
  const list = async (tokens: Tokens) =>
    (await (await call('GET', '/api/logins', tokens)).json()) as Login[]
  const refresh = async ({ refresh_token }: Tokens) => {
    const body = { refresh_token }
    return (await system.send('POST', '/api/token/refresh', { as: null, body })).status
  }
  const whoIs = async (tokens: Tokens) => (await call('GET', '/api/users/me', tokens)).status

  it('are listed for them only, with their address; the current one is marked', async () => {
    await system.tokenOf('anna')
    const phone = await logIn('anna', 'a phone')
    await system.tokenOf('ben')
    const found = await list(phone)
    expect(found).toHaveLength(2)
    expect(found.filter(({ current }) => current)).toMatchObject([{ user_agent: 'a phone' }])
    expect(found[0]?.last_used).toBe(found[0]?.created ?? '')
  })

  it('are ended one by one, and by nobody else', async () => {
    const [here, there] = [await logIn('anna'), await logIn('anna', 'a lost phone')]
    const lost = (await list(here)).find(({ user_agent }) => user_agent === 'a lost phone')
    const path = `/api/logins/${lost?.id}`
    expect((await call('DELETE', path, await logIn('ben'))).status).toBe(404)
    expect((await system.send('DELETE', path)).status).toBe(404)
    expect((await call('DELETE', path, here)).status).toBe(204)
    expect((await call('DELETE', path, here)).status).toBe(404)
    await system.refresh()
    expect([await whoIs(there), await refresh(there)]).toEqual([401, 401])
    expect([await whoIs(here), (await list(here)).length]).toEqual([200, 3])
  })

  it('all end at once, including this one; those of others continue', async () => {
    const [here, there, ben] = [await logIn('anna'), await logIn('anna'), await logIn('ben')]
    expect((await call('DELETE', '/api/logins', here)).status).toBe(204)
    await system.refresh()
    for (const tokens of [here, there]) {
      expect([await whoIs(tokens), await refresh(tokens)]).toEqual([401, 401])
    }
    expect([await whoIs(ben), await refresh(ben)]).toEqual([200, 200])
  })

  it('all end by an administrator, and nobody else', async () => {
    const [phone, laptop, ben] = [await logIn('anna'), await logIn('anna'), await logIn('ben')]
    const me = await call('GET', '/api/users/me', phone)
    const path = `/api/users/${((await me.json()) as User).id}/logins`
    expect((await call('DELETE', path, ben)).status).toBe(403)
    expect((await call('DELETE', path, phone)).status).toBe(403)
    expect((await system.send('DELETE', path)).status).toBe(204)
    await system.refresh()
    for (const tokens of [phone, laptop]) {
      expect([await whoIs(tokens), await refresh(tokens)]).toEqual([401, 401])
    }
    expect([await whoIs(ben), await refresh(ben)]).toEqual([200, 200])
    expect((await system.send('DELETE', path)).status).toBe(204)
    const nowhere = '/api/users/01a1fe45-0000-7000-8000-000000000000/logins'
    expect((await system.send('DELETE', nowhere)).status).toBe(404)
  })

  it('are at most fifty: one more ends the least recently used', async () => {
    const ben = await logIn('ben')
    await system.tokenOf('cleo')
    const [first, second] = [await logIn('cleo'), await logIn('cleo')]
    const { refresh_token } = first
    const body = { refresh_token }
    const used = await system.send('POST', '/api/token/refresh', { as: null, body })
    const renewed = (await used.json()) as Tokens
    // There was one from the beginning.
    for (let more = 0; more < 48; more++) await logIn('cleo')
    expect(await list(renewed)).toHaveLength(50)
    await system.refresh()
    expect([await whoIs(renewed), await whoIs(second)]).toEqual([200, 200])
    const last = await logIn('cleo')
    await system.refresh()
    expect([await whoIs(renewed), await whoIs(second), await whoIs(last)]).toEqual([200, 401, 200])
    expect(await list(last)).toHaveLength(50)
    expect([await whoIs(ben), await refresh(ben)]).toEqual([200, 200])
  }, 60_000)
})
