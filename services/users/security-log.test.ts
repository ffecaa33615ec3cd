import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Tokens, User } from '../../shared/schemas/user.ts'
import { makeSqlite } from '../../shared/testing/describe-stores.ts'
import { startForTest, testPassword, type TestSystem } from '../testing/system.ts'

let system: TestSystem
let anna: User
beforeAll(async () => {
  system = await startForTest(makeSqlite, { environment: { LOGIN_LIMIT_PER_MINUTE: '1' } })
  const answer = await system.send('GET', '/api/users/me', { as: 'anna' })
  anna = (await answer.json()) as User
})
afterAll(() => system.close())

/** The lines of one request. */
function linesOf(request_id: string) {
  return system
    .logged()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line.request_id === request_id)
}

let asked = 0
async function eventsOf(method: string, path: string, options: object) {
  const request_id = `request-${++asked}`
  const headers = { 'x-request-id': request_id }
  const answer = await system.send(method, path, { ...options, headers })
  await answer.text()
  const lines = linesOf(request_id).filter(({ message }) => message === 'security')
  return lines.map(({ event, actor, user }) => ({ event, actor, user }))
}

it('has logins, failures and lock-outs, but not what was typed', async () => {
  const post = (username: string, password: string) =>
    eventsOf('POST', '/api/login', { as: null, body: { username, password } })
  expect(await post('anna', testPassword)).toMatchObject([{ event: 'login', actor: anna.id }])
  const typed = 'my password in the wrong field'
  const failed = { event: 'login_failed', actor: 'anonymous' }
  expect(await post(typed, 'x')).toEqual([{ ...failed, user: undefined }])
  for (let guess = 0; guess < 10; guess++) {
    expect(await post('anna', 'wrong')).toEqual([{ ...failed, user: anna.id }])
  }
  expect(await post('anna', 'wrong')).toMatchObject([{ event: 'login_locked', user: anna.id }])
  expect(system.logged()).not.toContain(typed)
}, 30_000)

it('has reused refresh tokens', async () => {
  await system.tokenOf('ben')
  const credentials = { username: 'ben', password: testPassword }
  const answer = await system.send('POST', '/api/login', { as: null, body: credentials })
  const { refresh_token } = (await answer.json()) as Tokens
  const use = (token: string) =>
    eventsOf('POST', '/api/token/refresh', { as: null, body: { refresh_token: token } })
  const next = await system.send('POST', '/api/token/refresh', {
    as: null,
    body: { refresh_token },
  })
  expect(await use(((await next.json()) as Tokens).refresh_token)).toEqual([])
  expect(await use(refresh_token)).toMatchObject([{ event: 'refresh_token_reused' }])
  // The login has ended with it; nothing more is at risk.
  expect(await use(refresh_token)).toEqual([])
})

it('has ended logins, each once', async () => {
  await system.tokenOf('cleo')
  const credentials = { username: 'cleo', password: testPassword }
  const logIn = async () => {
    const answer = await system.send('POST', '/api/login', { as: null, body: credentials })
    return (await answer.json()) as Tokens
  }
  const [first, second] = [await logIn(), await logIn()]
  const body = { refresh_token: first.refresh_token }
  const logOut = () => eventsOf('POST', '/api/logout', { as: null, body })
  expect(await logOut()).toMatchObject([{ event: 'login_ended' }])
  expect(await logOut()).toEqual([])
  const [id = ''] = second.refresh_token.split('.')
  const end = (path: string) => eventsOf('DELETE', path, { as: 'cleo' })
  expect(await end(`/api/logins/${id}`)).toMatchObject([{ event: 'login_ended' }])
  expect(await end('/api/logins')).toMatchObject([{ event: 'logins_ended' }])
})

it('has changed roles, reset passwords, refusals and new keys, with the actor', async () => {
  const admin = (await (await system.send('GET', '/api/users/me')).json()) as User
  const path = `/api/users/${anna.id}`
  const about = { actor: admin.id, user: anna.id }
  const change = (body: object) => eventsOf('PATCH', path, { body })
  expect(await change({ role: 'admin' })).toEqual([{ ...about, event: 'role_changed' }])
  expect(await change({ role: 'member' })).toEqual([{ ...about, event: 'role_changed' }])
  const password = 'another good password'
  expect(await change({ password })).toEqual([{ ...about, event: 'password_reset' }])
  expect(await eventsOf('POST', '/api/signing_keys', {})).toMatchObject([
    { event: 'signing_key_rotated', actor: admin.id },
  ])
  const carl = (await (await system.send('GET', '/api/users/me', { as: 'carl' })).json()) as User
  expect(await eventsOf('GET', '/api/users', { as: 'carl' })).toMatchObject([
    { event: 'forbidden', actor: carl.id },
  ])
})

it('ordinary lines name the user', async () => {
  const me = (await (await system.send('GET', '/api/users/me', { as: 'dora' })).json()) as User
  await system.send('GET', '/api/books', { as: 'dora', headers: { 'x-request-id': 'of-dora' } })
  await Bun.sleep(0)
  expect(linesOf('of-dora')).toMatchObject([{ message: 'request', user: me.id }])
})
