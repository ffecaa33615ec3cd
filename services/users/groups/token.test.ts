import { expect, it } from 'bun:test'
import { hashApiKey } from '../../../shared/api-key.ts'
import type { ApiKeyOwner, CreatedApiKey } from '../../../shared/schemas/api-key.ts'
import type { Group } from '../../../shared/schemas/group.ts'
import type { EndedLogins, Tokens, User } from '../../../shared/schemas/user.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { testPassword } from '../../testing/system.ts'
import { useSystem } from '../../testing/use-system.ts'

interface Claims {
  groups?: string[]
  gen?: number
}

describeStores('groups in tokens', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  let made = 0

  async function person() {
    const username = `person${++made}`
    const body = { username, email: `${username}@test.example`, password: testPassword }
    const { id } = (await call<User>('POST', '/api/users', { body })).body
    const credentials = { username, password: testPassword }
    const logIn = async () =>
      (await call<Tokens>('POST', '/api/login', { body: credentials, as: null })).body
    return { id, logIn }
  }
  async function group() {
    const { body } = await call<Group>('POST', '/api/groups', { body: { name: `Group ${++made}` } })
    return body.id
  }
  const put = (groupId: string, userId: string) =>
    call('PUT', `/api/groups/${groupId}/members/${userId}`, { body: {} })
  const remove = (groupId: string, userId: string) =>
    call('DELETE', `/api/groups/${groupId}/members/${userId}`)
  const refresh = async ({ refresh_token }: Tokens) =>
    call<Tokens>('POST', '/api/token/refresh', { body: { refresh_token }, as: null })
  const open = async ({ access_token }: Pick<Tokens, 'access_token'>, path = '/api/users/me') => {
    const headers = { authorization: `Bearer ${access_token}` }
    return (await call('GET', path, { as: null, headers })).status
  }

  it("are the user's; without any, the token carries nothing more", async () => {
    const { id, logIn } = await person()
    expect(Object.keys(claimsOf(await logIn()))).not.toContain('groups')
    expect(Object.keys(claimsOf(await logIn()))).not.toContain('gen')
    const groups = [await group(), await group()].toSorted()
    for (const each of groups) await put(each, id)
    expect(claimsOf(await logIn()).groups?.toSorted()).toEqual(groups)
  })

  it('end outdated tokens, but no login', async () => {
    const { id, logIn } = await person()
    const one = await group()
    const changes = [
      () => put(one, id),
      () => remove(one, id),
      () => put(one, id),
      () => call('DELETE', `/api/groups/${one}`),
    ]
    let tokens = await logIn()
    const expected = [[one], undefined, [one], undefined]
    for (const [at, change] of changes.entries()) {
      expect((await change()).status).toBe(204)
      expect(await open(tokens)).toBe(200)
      await system().refresh()
      expect(await open(tokens)).toBe(401)
      const next = await refresh(tokens)
      expect([next.status, claimsOf(next.body).groups]).toEqual([200, expected[at] as never])
      tokens = next.body
      expect(await open(tokens)).toBe(200)
    }
    // Repeating it is no change, nor is another role.
    const other = await group()
    await put(other, id)
    const now = await logIn()
    await put(other, id)
    await call('PUT', `/api/groups/${other}/members/${id}`, { body: { role: 'manager' } })
    await system().refresh()
    expect(await open(now)).toBe(200)
  })

  it("leave other users' tokens valid", async () => {
    const [mine, theirs] = [await person(), await person()]
    const tokens = await theirs.logIn()
    await put(await group(), mine.id)
    await system().refresh()
    expect(await open(tokens)).toBe(200)
  })

  it('follow changes by hand', async () => {
    const { id, logIn } = await person()
    const [one, other] = [await group(), await group()]
    await put(one, id)
    const tokens = await logIn()
    const url = system().databaseUrlOf('users')
    const key = (value: string) =>
      url.startsWith('postgres') ? `'${value}'` : `unhex('${value.replaceAll('-', '')}')`
    const isIt = `WHERE user_id = ${key(id)}`
    const move = `UPDATE group_members SET group_id = ${key(other)} ${isIt}`
    expect(await changeByHand(url, move).catch(String)).toContain('membership_moved')
    await changeByHand(url, `DELETE FROM group_members ${isIt}`)
    await system().refresh()
    expect(await open(tokens)).toBe(401)
    expect(claimsOf((await refresh(tokens)).body).groups).toBeUndefined()
  })

  it('close the streams opened with those tokens', async () => {
    const { id, logIn } = await person()
    const { access_token } = await logIn()
    const headers = { authorization: `Bearer ${access_token}` }
    const answer = await system().send('GET', '/api/allocations/events', { as: null, headers })
    expect(answer.status).toBe(200)
    const ended = answer.text()
    await put(await group(), id)
    await system().refresh()
    await ended
  })

  it('apply to API keys, which stay valid, but not their streams', async () => {
    const { id, logIn } = await person()
    const headers = { authorization: `Bearer ${(await logIn()).access_token}` }
    const body = { name: 'script', scopes: ['read'] }
    const made = await call<CreatedApiKey>('POST', '/api/api_keys', { body, headers, as: null })
    const { key } = made.body
    expect(await open({ access_token: key })).toBe(200)
    const following = { as: null, headers: { authorization: `Bearer ${key}` } }
    const stream = await system().send('GET', '/api/allocations/events', following)
    expect(stream.status).toBe(200)
    const ended = stream.text()
    const one = await group()
    await put(one, id)
    await system().refresh()
    await ended
    expect(await open({ access_token: key })).toBe(200)
    const { body: owner } = await call<ApiKeyOwner>('POST', '/api/api_keys/owner', {
      as: null,
      headers: { 'x-service-token': await signed() },
      body: { key_hash: hashApiKey(key) },
    })
    expect(owner).toMatchObject({ user_id: id, groups: [one], generation: 1 })
  })

  it('fit in a header, all 50 of them', async () => {
    const { id, logIn } = await person()
    for (let at = 0; at < 50; at++) await put(await group(), id)
    const tokens = await logIn()
    expect(claimsOf(tokens).groups).toHaveLength(50)
    expect(tokens.access_token.length).toBeLessThan(3500)
    expect(await open(tokens)).toBe(200)
  })

  it('are reported apart from logins, for services that know logins only', async () => {
    const { id, logIn } = await person()
    await logIn()
    await put(await group(), id)
    const asked = { as: null, headers: { 'x-service-token': await signed() } }
    const { body } = await call<EndedLogins>('GET', '/api/logins/ended', asked)
    const told = body.users.filter((user) => user.id === id)
    expect(told).toMatchObject([{ id, generation: 1 }])
    expect(Date.parse(told[0]?.token_expires ?? '')).toBeGreaterThan(Date.now() + 9 * 60_000)
    expect(body.logins.map((login) => login.id)).not.toContain(id)
  })

  const signed = () => system().signServiceToken('books', 'users')
})

function claimsOf({ access_token }: Pick<Tokens, 'access_token'>): Claims {
  const [, payload = ''] = access_token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
}
