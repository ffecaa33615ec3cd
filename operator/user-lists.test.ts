import { afterAll, beforeAll, expect, it } from 'bun:test'
import { join } from 'node:path'
import type { CreatedApiKey } from '../shared/schemas/api-key.ts'
import type { SecurityEvent } from '../shared/schemas/security-event.ts'
import type { Tokens, User } from '../shared/schemas/user.ts'
import { changeByHand } from '../shared/testing/by-hand.ts'
import { describeStores, type TestDatabase } from '../shared/testing/describe-stores.ts'
import { startForTest, testEnvironment, testPassword } from '../services/testing/system.ts'
import type { TestSystem } from '../services/testing/system.ts'
import { commandOf } from '../scripts/harness/program.ts'

const origin = 'https://campus.example'

describeStores('an operator at the command line', (makeDatabase) => {
  let database: TestDatabase
  let system: TestSystem
  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    const environment = { PUBLIC_URL: origin }
    system = await startForTest(async () => database, { parts: ['users'], environment })
  }, 60_000)
  afterAll(() => system.close())

  async function run(...args: string[]) {
    const child = Bun.spawn([...commandOf('operator/user.ts'), ...args], {
      cwd: join(import.meta.dir, '..'),
      env: {
        ...process.env,
        ...testEnvironment,
        DATABASE_URL: database.url,
        PUBLIC_URL: origin,
        SAMPLE_DATA: 'false',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
    return { code: await child.exited, output, errors }
  }
  const linesOf = async (...args: string[]) => {
    const { code, output, errors } = await run(...args)
    expect([code, errors]).toEqual([0, ''])
    return output.trimEnd().split('\n')
  }
  const idOf = async (as: string) =>
    ((await (await system.send('GET', '/api/users/me', { as })).json()) as User).id

  it('lists accounts by role, and whether they are disabled', async () => {
    for (const name of ['lea', 'max']) await system.tokenOf(name)
    const [lea, max] = [await idOf('lea'), await idOf('max')]
    await system.send('PATCH', `/api/users/${lea}`, { body: { role: 'admin' } })
    await system.send('PATCH', `/api/users/${max}`, { body: { disabled: true } })
    const all = await linesOf('users')
    expect(all.map((line) => line.split('  ')[0])).toEqual(['admin', 'lea', 'max'])
    expect(all[2]).toMatch(/^max {2}member {2}disabled {2}since \S+ {2}max@test\.example {2}max$/)
    expect(await linesOf('users', '--role', 'member')).toEqual(all.slice(2))
    expect(await linesOf('users', '--role', 'admin', '--enabled')).toEqual(all.slice(0, 2))
    const [json = ''] = await linesOf('users', '--disabled', '--json')
    expect(JSON.parse(json)).toMatchObject({ id: max, disabled: true })
    expect(await linesOf('users', '--role', 'admin', '--disabled')).toEqual(['none'])
  }, 60_000)

  it('lists invitations, renews one and revokes it, whose link becomes invalid', async () => {
    expect(await linesOf('invitations')).toEqual(['none'])
    const [former = ''] = await linesOf('invite', 'admin')
    const [pending = ''] = await linesOf('invitations')
    const [link = '', until] = await linesOf('renew-invitation', pending.slice(0, 36))
    expect(until).toMatch(/^It works once, until \S+$/)
    const token = link.split('#')[1]
    const check = async (of = token) => {
      const sent = { as: null, body: { token: of } }
      return (await system.send('POST', '/api/invitations/check', sent)).status
    }
    expect([await check(former.split('#')[1]), await check()]).toEqual([404, 200])
    const [line = ''] = await linesOf('invitations')
    expect(line).toMatch(/^\S{36} {2}until \S+ {2}admin {2}for anybody with the link$/)
    expect(line).not.toContain(token ?? line)
    const id = line.slice(0, 36)
    expect(await linesOf('revoke-invitation', id)).toEqual([`The invitation ${id} is revoked`])
    expect(await check()).toBe(404)
    const again = await run('revoke-invitation', id)
    expect([again.code, again.output, again.errors]).toEqual([1, '', expect.stringContaining(id)])
    expect(await linesOf('invitations')).toEqual(['none'])
  }, 60_000)

  it('logs a user out everywhere, and revokes their API keys on request', async () => {
    const body = { username: 'pia', password: testPassword }
    const headers = { authorization: `Bearer ${await system.tokenOf('pia')}` }
    const login = await system.send('POST', '/api/login', { as: null, body })
    const { refresh_token } = (await login.json()) as Tokens
    const wish = { name: 'the crane', scopes: ['read'] }
    const made = await system.send('POST', '/api/api_keys', { as: null, headers, body: wish })
    const { key } = (await made.json()) as CreatedApiKey
    const whoIs = async (authorization: string) =>
      (await system.send('GET', '/api/users/me', { as: null, headers: { authorization } })).status
    const refresh = async () => {
      const sent = { as: null, body: { refresh_token } }
      return (await system.send('POST', '/api/token/refresh', sent)).status
    }
    expect(await whoIs(headers.authorization)).toBe(200)
    expect((await linesOf('log-out', 'PIA'))[0]).toContain('is logged out everywhere')
    await system.refresh()
    expect([await whoIs(headers.authorization), await refresh()]).toEqual([401, 401])
    expect(await whoIs(`Bearer ${key}`)).toBe(200)
    expect(await linesOf('log-out', 'pia', 'keys')).toContain('1 API keys are revoked')
    expect(await linesOf('api-keys', 'pia')).toEqual(['pia has no API keys'])
    const nobody = await run('log-out', 'nobody')
    expect([nobody.code, nobody.errors]).toEqual([1, 'There is no user nobody.\n'])
    const events = await linesOf('security-log', '--kind', 'logins_ended')
    expect(events).toHaveLength(2)
    expect(events[0]).toContain('  by service:operator  about pia  ')
  }, 60_000)

  it('reads the security log, by kind and since when, as text and as lines of JSON', async () => {
    await system.send('POST', '/api/login', { as: null, body: { username: 'pia', password: 'x' } })
    await system.send('GET', '/api/security_events')
    const [failed = ''] = await linesOf('security-log', '--kind', 'login_failed')
    expect(failed).toMatch(/^\S+Z {2}login_failed {2}by anonymous {2}about pia {2}request \S+$/)
    const path = '/api/security_events?limit=200'
    const listed = (await (await system.send('GET', path)).json()) as SecurityEvent[]
    const text = await linesOf('security-log', '--json')
    expect(text.map((line) => JSON.parse(line) as SecurityEvent)).toEqual(listed)
    expect(await linesOf('security-log', '--since', '1h')).toHaveLength(listed.length)
    const { at = '' } = listed.find(({ kind }) => kind === 'role_changed') ?? {}
    const later = listed.filter((event) => event.at >= at)
    expect(later.length).toBeLessThan(listed.length)
    expect(await linesOf('security-log', '--since', at)).toHaveLength(later.length)
    expect(await linesOf('security-log', '--since', '2099-01-01')).toEqual(['none'])
    const nothing = await run('security-log', '--since', '2099-01-01', '--json')
    expect(nothing).toEqual({ code: 0, output: '', errors: '' })
  }, 60_000)

  it('gets all pages of a long list', async () => {
    const isSqlite = database.url.startsWith('sqlite:')
    const [id, at, digits] = isSqlite
      ? ['randomblob(16)', '1600000000000 + n', "printf('%012d', n)"]
      : ['gen_random_uuid()', 'to_timestamp(1600000000 + n)', "lpad(n::text, 12, '0')"]
    // More people than one page returns.
    const actor = `'0198f000-0000-7000-8000-' || ${digits}`
    await changeByHand(
      system.databaseUrlOf('users'),
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 450)
      INSERT INTO security_events (id, at, until, count, kind, actor)
      SELECT ${id}, ${at}, ${at}, 1, 'passkey_refused', ${actor} FROM numbers`,
    )
    expect(await linesOf('security-log', '--kind', 'passkey_refused')).toHaveLength(450)
  }, 60_000)

  it('is told the known values for an unknown one, before anything is done', async () => {
    const wrong = [
      ['users', '--sorted'],
      ['users', '--role', 'king'],
      ['log-out', 'pia', 'everything'],
      ['renew-invitation'],
      ['revoke-invitation'],
    ]
    for (const words of wrong) {
      const { code, output, errors } = await run(...words)
      expect([words, code, output]).toEqual([words, 2, ''])
      expect(errors).toStartWith('bun run user <command>')
      expect(errors).toEndWith(`without all its arguments: ${words.join(' ')}\n`)
    }
    const kind = await run('security-log', '--kind', 'logins')
    expect([kind.code, kind.errors]).toEqual([1, expect.stringContaining('login_failed, ')])
    const since = await run('security-log', '--since', 'yesterday')
    expect([since.code, since.errors]).toEqual([1, expect.stringContaining('is no time')])
    const help = await run('help')
    expect([help.code, help.errors]).toEqual([0, ''])
    expect(help.output).toStartWith('bun run user <command>')
  }, 60_000)
})
