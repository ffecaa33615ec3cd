import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { User } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, testPassword, type SendOptions, type TestSystem } from '../testing/system.ts'

describeStores('accounts', (makeDatabase) => {
  let system: TestSystem
  let made = 0
  beforeAll(async () => {
    system = await startForTest(makeDatabase)
  }, 30_000)
  afterAll(() => system.close())

  async function call<T = User & Problem>(method: string, path: string, options?: SendOptions) {
    const answer = await system.send(method, path, options)
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: JSON.parse(text || '{}') as T,
    }
  }

  /** Signs up a new user and returns the account. */
  async function signUp(name = `user${++made}`) {
    await system.tokenOf(name)
    return (await call('GET', '/api/users/me', { as: name })).body
  }

  const newUser = (username: string, email = `${username}@example.org`) => ({
    username,
    email,
    password: testPassword,
  })

  it('are made by anyone, as members, and never show a password', async () => {
    const { status, headers, body, text } = await call('POST', '/api/users', {
      as: null,
      body: newUser('Carla', 'Carla@Example.org'),
    })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api/users/${body.id}`)
    expect<unknown>(body).toEqual({
      id: body.id,
      username: 'Carla',
      display_name: 'Carla',
      email: 'carla@example.org',
      email_verified: false,
      role: 'member',
      disabled: false,
      created: body.created,
    })
    expect(text).not.toContain('password')
  })

  it('have unique names and addresses, ignoring case', async () => {
    await call('POST', '/api/users', { as: null, body: newUser('Dora') })
    const name = await call('POST', '/api/users', {
      as: null,
      body: newUser('dORA', 'x@y.example'),
    })
    expect([name.status, name.body.code]).toEqual([409, 'username_taken'])
    const email = await call('POST', '/api/users', {
      as: null,
      body: newUser('Dora2', 'DORA@example.org'),
    })
    expect([email.status, email.body.code]).toEqual([409, 'email_taken'])
  })

  it('of one name are created once by twenty simultaneous requests', async () => {
    const body = newUser('only-one')
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call('POST', '/api/users', { as: null, body })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
  })

  it('name every bad field of a sign-up at once, and repeat no password', async () => {
    const body = { username: 'a b', email: 'nowhere', password: 'hunter2!', role: 'admin' }
    const answer = await call('POST', '/api/users', { as: null, body })
    expect(answer.status).toBe(422)
    const pointers = (answer.body.errors ?? []).map(({ pointer }) => pointer)
    expect(pointers.toSorted()).toEqual(['#/email', '#/password', '#/role', '#/username'])
    expect(answer.text).not.toContain('hunter2')
  })

  it('return the stored response to a retry, and 422 to another one under its key', async () => {
    const headers = { 'idempotency-key': 'sign-up-1' }
    const first = await call('POST', '/api/users', { as: null, headers, body: newUser('Emil') })
    const again = await call('POST', '/api/users', { as: null, headers, body: newUser('Emil') })
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const other = await call('POST', '/api/users', { as: null, headers, body: newUser('Fritz') })
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
  })

  it('are listed for administrators, page by page and by a part of the name', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await signUp(name)
    const first = await call<User[]>('GET', '/api/users?q=PAGE-&limit=2')
    expect(first.body.map(({ username }) => username)).toEqual(['page-a', 'page-b'])
    const next = /<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await call<User[]>('GET', next)
    expect(second.body.map(({ username }) => username)).toEqual(['page-c'])
    expect((await call<User[]>('GET', '/api/users?q=%25')).body).toEqual([])
    const [a, b] = first.body.map(({ id }) => id)
    const byId = (await call<User[]>('GET', `/api/users?ids=${b},${a},${crypto.randomUUID()}`)).body
    expect(byId.map(({ id }) => id)).toEqual([a, b] as string[])
    expect((await call('GET', `/api/users?ids=${a}`, { as: 'page-c' })).status).toBe(403)
  })

  it('are listed by role, and by whether they are disabled', async () => {
    const made = [await signUp('list-a'), await signUp('list-b'), await signUp('list-c')]
    const [first, second] = made.map(({ id }) => `/api/users/${id}`)
    await call('PATCH', first ?? '', { body: { role: 'admin' } })
    await call('PATCH', second ?? '', { body: { disabled: true } })
    const find = async (filter: string) => {
      const { body } = await call<User[]>('GET', `/api/users?q=list-&${filter}`)
      return body.map(({ username }) => username)
    }
    expect(await find('role=admin')).toEqual(['list-a'])
    expect(await find('disabled=true')).toEqual(['list-b'])
    expect(await find('role=member&disabled=false')).toEqual(['list-c'])
    await call('PATCH', first ?? '', { body: { role: 'member' } })
    expect((await call('GET', '/api/users?role=king')).status).toBe(422)
    expect((await call('GET', '/api/users?disabled=yes')).status).toBe(422)
  })

  it('are visible to and changed by their owner and administrators, nobody else', async () => {
    const [own, other] = [await signUp(), await signUp()]
    const path = `/api/users/${own.id}`
    expect((await call('GET', path, { as: own.username })).body).toEqual(own)
    expect((await call('GET', path)).body).toEqual(own)
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { username: 'mine-now' } : undefined
      const refused = await call(method, path, { as: other.username, body })
      expect([method, refused.status, refused.body.code]).toEqual([method, 403, 'forbidden'])
    }
    const renamed = await call('PATCH', path, { as: own.username, body: { username: 'renamed' } })
    expect([renamed.status, renamed.body.username]).toEqual([200, 'renamed'])
    expect(renamed.headers.get('etag')).toStartWith('"v2-')
    const stale = await call('PATCH', path, {
      headers: { 'if-match': '"v1"' },
      body: { username: 'too-late' },
    })
    expect(stale.status).toBe(412)
  })

  it('get their role from administrators only; old tokens end with the old role', async () => {
    const { id, username } = await signUp()
    const path = `/api/users/${id}`
    const refused = await call('PATCH', path, { as: username, body: { role: 'admin' } })
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    const raised = await call('PATCH', path, { body: { role: 'admin' } })
    expect([raised.status, raised.body.role]).toEqual([200, 'admin'])
    const headers = { authorization: `Bearer ${await system.tokenOf(username)}` }
    await system.refresh()
    expect((await call('GET', '/api/users', { as: null, headers })).status).toBe(401)
    expect((await call('PATCH', path, { body: { role: 'member' } })).body.role).toBe('member')
  })

  it('change their password with the current one, which ends all other logins', async () => {
    const { id, username } = await signUp()
    const logIn = (password: string) =>
      call<{ access_token: string }>('POST', '/api/login', {
        as: null,
        body: { username, password },
      })
    const elsewhere = (await logIn(testPassword)).body.access_token
    const password = 'another good password'
    const change = (body: object) => call('PATCH', `/api/users/${id}`, { as: username, body })
    expect((await change({ password })).body.code).toBe('current_password_wrong')
    expect((await change({ password, current_password: testPassword })).status).toBe(200)
    await system.refresh()
    const headers = { authorization: `Bearer ${elsewhere}` }
    expect((await call('GET', '/api/users/me', { as: null, headers })).status).toBe(401)
    expect((await call('GET', '/api/users/me', { as: username })).status).toBe(200)
    expect((await logIn(testPassword)).status).toBe(401)
    expect((await logIn(password)).status).toBe(200)
  })

  it('never leave the system without an administrator, even by two requests at once', async () => {
    const admin = (await call('GET', '/api/users/me')).body
    const body = { current_password: testPassword }
    const alone = await call('DELETE', `/api/users/${admin.id}`, { body })
    expect([alone.status, alone.body.code]).toEqual([409, 'last_administrator'])
    const second = await signUp()
    await call('PATCH', `/api/users/${second.id}`, { body: { role: 'admin' } })
    const headers = { authorization: `Bearer ${await system.tokenOf('admin')}` }
    const demotion = { as: null, headers, body: { role: 'member' } }
    const demote = (id: string) => call('PATCH', `/api/users/${id}`, demotion)
    const answers = await Promise.all([demote(admin.id), demote(second.id)])
    // The last one stays; a demoted administrator can demote nobody.
    const [done, refused] = answers.map(({ status }) => status).toSorted()
    expect(done).toBe(200)
    expect([401, 409]).toContain(refused ?? 0)
    if (answers[0]?.status !== 200) return
    await system.refresh()
    await call('PATCH', `/api/users/${admin.id}`, { as: second.username, body: { role: 'admin' } })
  })

  it('are removed with the password, and their logins with them', async () => {
    const { id, username } = await signUp()
    const headers = { authorization: `Bearer ${await system.tokenOf(username)}` }
    const path = `/api/users/${id}`
    for (const body of [undefined, {}, { current_password: 'not the password' }]) {
      const refused = await call('DELETE', path, { as: username, body })
      expect([refused.status, refused.body.code]).toEqual([403, 'current_password_wrong'])
    }
    const own = { current_password: testPassword }
    expect((await call('DELETE', path, { as: username, body: own })).status).toBe(204)
    await system.refresh()
    expect((await call('GET', '/api/users/me', { as: null, headers })).status).toBe(401)
    expect((await call('GET', `/api/users/${id}`)).status).toBe(404)
    const body = { username, password: testPassword }
    expect((await call('POST', '/api/login', { as: null, body })).status).toBe(401)
  })

  it('answer a ping', async () => {
    const { status, body } = await call<object>('GET', '/api/users/ping', { as: null })
    expect([status, body]).toEqual([200, { status: 'success', message: 'pong!' }])
  })
})
