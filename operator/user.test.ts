import { afterAll, beforeAll, expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSystem, type System } from '../scripts/harness/run-system.ts'
import { createAuthenticator } from '../services/users/passkeys/testing/authenticator.ts'
import type { PasskeyCreation } from '../shared/schemas/passkey.ts'
import { codeOf } from '../services/testing/authenticator-app.ts'
import { commandOf } from '../scripts/harness/program.ts'

let folder: string
let system: System
let environment: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campus-user-'))
  environment = {
    DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
    SECRET_FILE: `${folder}/secret`,
    SAMPLE_DATA: 'false',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'pretty',
  }
  system = await startSystem({ parts: ['users'], environment })
}, 30_000)
afterAll(async () => {
  await system.stop()
  await rm(folder, { recursive: true })
})

async function run(...args: string[]) {
  const child = Bun.spawn([...commandOf('operator/user.ts'), ...args], {
    cwd: join(import.meta.dir, '..'),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { code: await child.exited, output, errors }
}

async function logIn(username: string, password: string): Promise<number> {
  const answer = await fetch(`${system.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  return answer.status
}

const passwordIn = (output: string) => /password (\S+)/.exec(output)?.[1] ?? ''

it('the first start creates an administrator and shows a password that works', async () => {
  expect(await logIn('admin', passwordIn(system.output()))).toBe(200)
  expect(await Bun.file(`${folder}/secret`).text()).toHaveLength(43)
})

it('an operator creates groups, and sets members and managers', async () => {
  await run('create', 'gina', 'gina@example.org')
  expect(await run('groups')).toMatchObject({ code: 0, output: 'none\n' })
  expect((await run('group', 'create', 'Night shift')).output).toContain('Night shift')
  expect(await run('group', 'create', 'night SHIFT')).toMatchObject({ code: 1 })
  expect((await run('groups')).output).toBe('Night shift\n')
  const add = (...more: string[]) => run('group', 'add', 'night shift', 'gina', ...more)
  expect((await add()).output).toContain('gina is a member')
  expect((await add('manager')).output).toContain('gina is a manager')
  expect((await run('group', 'show', 'night shift')).output).toMatch(/^gina  manager  \S{36}\n$/)
  expect((await run('group', 'remove', 'night shift', 'gina')).code).toBe(0)
  expect((await run('group', 'show', 'night shift')).output).toBe('none\n')
  expect(await run('group', 'add', 'day shift', 'gina')).toMatchObject({ code: 1, output: '' })
  expect(await run('group', 'add', 'night shift', 'nobody')).toMatchObject({ code: 1 })
  expect((await run('group', 'rename')).errors).toContain('Manages accounts')
  expect((await run('group', 'delete', 'night shift')).code).toBe(0)
  expect((await run('groups')).output).toBe('none\n')
}, 60_000)

it('an operator creates an account, makes it administrator, resets its password', async () => {
  const made = await run('create', 'zoe', 'zoe@example.org')
  expect(made).toMatchObject({ code: 0, errors: '' })
  expect(await logIn('zoe', passwordIn(made.output))).toBe(200)
  expect((await run('role', 'zoe', 'admin')).output).toContain('an administrator')
  const reset = await run('reset', 'ZOE')
  expect(await logIn('zoe', passwordIn(made.output))).toBe(401)
  expect(await logIn('zoe', passwordIn(reset.output))).toBe(200)
}, 20_000)

it('an operator gets an explanation of faults, and nothing is done', async () => {
  expect(await run('create', 'zoe', 'other@example.org')).toMatchObject({ code: 1, output: '' })
  expect((await run('role', 'nobody', 'admin')).errors).toContain('There is no user nobody')
  expect((await run('role', 'zoe', 'king')).code).toBe(1)
  expect((await run()).errors).toContain('bun run user <command>')
}, 20_000)

it('an operator finds the API keys of a user, and revokes one by its text', async () => {
  const made = await run('create', 'yuri', 'yuri@example.org')
  const post = (path: string, body: object, token = '') =>
    fetch(system.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
  const login = await post('/api/login', { username: 'yuri', password: passwordIn(made.output) })
  const { access_token } = (await login.json()) as { access_token: string }
  expect((await run('api-keys', 'yuri')).output).toContain('yuri has no API keys')
  const wish = { name: 'the crane', scopes: ['read'] }
  const answer = await post('/api/api_keys', wish, access_token)
  const { id, key } = (await answer.json()) as { id: string; key: string }
  const listed = await run('api-keys', 'yuri')
  expect(listed.output).toContain(id)
  expect(listed.output).toContain('the crane')
  expect(listed.output).not.toContain(key)
  expect(await run('revoke-api-key', key)).toMatchObject({ code: 0, errors: '' })
  expect((await run('revoke-api-key', key)).errors).toContain('There is no such API key')
  expect((await run('revoke-api-key', id)).errors).toContain(id)
  expect((await run('api-keys', 'yuri')).output).toContain('yuri has no API keys')
}, 30_000)

it('an operator turns off the second factor of a user who lost it', async () => {
  const made = await run('create', 'xena', 'xena@example.org')
  const password = passwordIn(made.output)
  expect((await run('reset-second-factor', 'xena')).errors).toContain('xena has no second factor')
  const send = (path: string, body: object, token = '') =>
    fetch(system.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
  const login = await send('/api/login', { username: 'xena', password })
  const { access_token } = (await login.json()) as { access_token: string }
  const begun = await send('/api/second_factor', { current_password: password }, access_token)
  const { secret } = (await begun.json()) as { secret: string }
  const code = codeOf(secret)
  expect((await send('/api/second_factor/confirm', { code }, access_token)).status).toBe(200)
  expect(await logIn('xena', password)).toBe(401)
  expect(await run('reset-second-factor', 'xena')).toMatchObject({ code: 0, errors: '' })
  expect(await logIn('xena', password)).toBe(200)
}, 30_000)

it('an operator lists the passkeys of a user, and removes one', async () => {
  const made = await run('create', 'willa', 'willa@example.org')
  const password = passwordIn(made.output)
  expect((await run('passkeys', 'willa')).output).toBe('willa has no passkeys\n')
  const send = (path: string, body: object, token = '') =>
    fetch(system.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
  const login = await send('/api/login', { username: 'willa', password })
  const { access_token } = (await login.json()) as { access_token: string }
  const begun = await send('/api/passkeys/options', { current_password: password }, access_token)
  const { token, options } = (await begun.json()) as PasskeyCreation
  const device = createAuthenticator(system.url.replace('127.0.0.1', 'localhost'))
  const body = { token, name: 'Laptop', response: device.create(options) }
  expect((await send('/api/passkeys', body, access_token)).status).toBe(201)
  expect(await logIn('willa', password)).toBe(401)
  const listed = (await run('passkeys', 'willa')).output
  expect(listed).toMatch(/^\S{36}  added \S+  last used never  Laptop\n$/)
  expect(await run('remove-passkey', listed.slice(0, 36))).toMatchObject({ code: 0, errors: '' })
  expect((await run('remove-passkey', listed.slice(0, 36))).code).toBe(1)
  expect(await logIn('willa', password)).toBe(200)
}, 30_000)

it('an operator invites by a link, and hands over a link for a new password', async () => {
  expect((await run('invite', '--group', 'Drivers')).errors).toContain('There is no group Drivers.')
  await run('group', 'create', 'Drivers')
  const invited = await run('invite', 'admin', '--group', 'drivers')
  expect([invited.code, invited.errors]).toEqual([0, ''])
  const post = (path: string, body: object) =>
    fetch(`${system.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const tokenIn = (output: string) => /#(\S+)/.exec(output)?.[1]
  const account = { username: 'iris', email: 'iris@example.org', password: 'six green lanterns' }
  const token = tokenIn(invited.output)
  expect((await post('/api/users', account)).status).toBe(403)
  const joined = await post('/api/invitations/accept', { token, ...account })
  expect([joined.status, await joined.json()]).toEqual([
    201,
    expect.objectContaining({ role: 'admin' }),
  ])
  expect((await run('group', 'show', 'Drivers')).output).toMatch(/^iris /)
  const { output } = await run('link', 'iris')
  const password = 'seven blue lanterns'
  const reset = { token: tokenIn(output), password }
  expect((await post('/api/password_resets/complete', reset)).status).toBe(200)
  expect(await logIn('iris', password)).toBe(200)
  expect((await run('link', 'nobody')).code).toBe(1)
})
