import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { toClientNetwork } from '../../shared/host/client-address.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { makeSqlite } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { startListening } from './fixture.ts'

describe('the gateway', () => {
  let system: TestSystem & { url: string }
  beforeAll(async () => {
    system = await startListening({
      environment: {
        USER_LIMIT_PER_MINUTE: '20',
        ADDRESS_LIMIT_PER_MINUTE: '10',
        TRUSTED_PROXIES: '127.0.0.0/8',
        CORS_ORIGINS: 'https://app.example',
      },
    })
  })
  afterAll(async () => {
    await system.app.stop(true)
    await system.close()
  })

  const get = (path: string, headers: Record<string, string>) =>
    fetch(system.url + path, { headers })
  const from = (address: string) => ({ 'x-forwarded-for': address })

  it('limits a user at any address, without affecting others', async () => {
    const as = async (name: string, address: string) => ({
      ...from(address),
      authorization: `Bearer ${await system.tokenOf(name)}`,
    })
    const answers: Response[] = []
    for (let at = 0; at < 25; at++) {
      answers.push(await get('/api/users/me', await as('anna', `192.0.2.${at}`)))
    }
    // The very first is counted by address, as nobody knew the token yet.
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(21)
    const refused = answers.at(-1) as Response
    expect(refused.status).toBe(429)
    expect(refused.headers.get('ratelimit-policy')).toBe('"user";q=20;w=60')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(((await refused.json()) as Problem).code).toBe('too_many_requests')
    expect((await get('/api/users/me', await as('ben', '192.0.2.99'))).status).toBe(200)
  })

  it('limits strangers by address, and guesses of tokens with them', async () => {
    const guess = (at: number) => ({
      ...from('198.51.100.7'),
      authorization: `Bearer a.b.${at}`,
    })
    const statuses: number[] = []
    for (let at = 0; at < 12; at++) statuses.push((await get('/api/cars', guess(at))).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429])
    expect((await get('/api/users/ping', from('198.51.100.7'))).status).toBe(429)
    expect((await get('/api/users/ping', from('198.51.100.8'))).status).toBe(200)
  })

  it('takes a /64 of IPv6 for one client', async () => {
    for (let at = 0; at < 10; at++) await get('/api/users/ping', from(`2001:db8:1:2::${at}`))
    expect((await get('/api/users/ping', from('2001:db8:1:2:ffff::1'))).status).toBe(429)
    expect((await get('/api/users/ping', from('2001:db8:1:3::1'))).status).toBe(200)
  })

  it('accepts no service tokens from outside', async () => {
    const headers = { ...from('203.0.113.1'), 'x-service-token': await system.signServiceToken() }
    expect((await get('/api/users', headers)).status).toBe(401)
    expect((await get('/api/logins/ended', headers)).status).toBe(401)
  })

  it('accepts calls from pages of configured origins only', async () => {
    const ask = (origin: string) =>
      fetch(`${system.url}/api/users/ping`, { headers: { ...from('203.0.113.2'), origin } })
    const allowed = await ask('https://app.example')
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example')
    const refused = await ask('https://evil.example')
    expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    const preflight = await fetch(`${system.url}/api/cars`, {
      method: 'OPTIONS',
      headers: {
        ...from('203.0.113.3'),
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, idempotency-key',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
  })
})

describe('the metrics of the gateway', () => {
  const environment = { ALLOWED_CALLERS: '10.9.0.0/16', TRUSTED_PROXIES: '127.0.0.0/8' }
  let system: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    system = await startListening({ environment })
  })
  afterAll(async () => {
    await system.app.stop(true)
    await system.close()
  })

  const ask = async (headers: Record<string, string>, name?: string) => {
    const authorization = name && `Bearer ${await system.tokenOf(name)}`
    return fetch(`${system.url}/metrics`, {
      headers: { ...headers, ...(authorization && { authorization }) },
    })
  }
  const near = { 'x-forwarded-for': '10.9.1.2' }
  const far = { 'x-forwarded-for': '192.0.2.1' }

  it('are for allowed addresses, and for administrators anywhere', async () => {
    const scraped = await ask(near)
    expect(scraped.status).toBe(200)
    expect(await scraped.text()).toContain('http_request_duration_seconds')
    expect((await ask(far, 'admin')).status).toBe(200)
  })

  it('are for nobody else', async () => {
    const stranger = await ask(far)
    expect(stranger.status).toBe(401)
    expect(await stranger.text()).not.toContain('http_request')
    expect((await ask(far, 'anna')).status).toBe(403)
    expect((await ask({ 'x-service-token': await system.signServiceToken() })).status).toBe(401)
  })

  it('are not for clients of an unknown proxy on an allowed address', async () => {
    const open = await startListening({ environment: { ALLOWED_CALLERS: '127.0.0.0/8' } })
    expect((await fetch(`${open.url}/metrics`)).status).toBe(200)
    expect((await fetch(`${open.url}/metrics`, { headers: near })).status).toBe(401)
    await open.app.stop(true)
    await open.close()
  })
})

describe('a login that ends in one process', () => {
  it('ends in every other within five seconds', async () => {
    const users = await startForTest(makeSqlite, { parts: ['users'] })
    users.app.listen({ port: 0, hostname: '127.0.0.1', reusePort: false })
    const environment = { USERS_URL: `http://127.0.0.1:${users.app.server?.port}` }
    const inventory = await startForTest(makeSqlite, { parts: ['inventory'], environment })
    inventory.startTasks()
    const token = await users.tokenOf('admin')
    const headers = { authorization: `Bearer ${token}` }
    const ask = () => inventory.send('GET', '/api/cars', { as: null, headers })
    expect((await ask()).status).toBe(200)
    const body = { current_password: 'a password for tests', password: 'quite another password' }
    const me = (await (await users.send('GET', '/api/users/me')).json()) as { id: string }
    // Another login of the same user changes the password.
    const login = { username: 'admin', password: 'a password for tests' }
    const other = await users.send('POST', '/api/login', { as: null, body: login })
    const { access_token } = (await other.json()) as { access_token: string }
    const changed = await users.send('PATCH', `/api/users/${me.id}`, {
      body,
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(changed.status).toBe(200)
    const start = Date.now()
    while ((await ask()).status === 200 && Date.now() < start + 6000) await Bun.sleep(50)
    expect(Date.now() - start).toBeLessThan(5000)
    expect((await ask()).status).toBe(401)
    await users.app.stop(true)
    await Promise.all([users.close(), inventory.close()])
  }, 20_000)
})

describe('the network of a client', () => {
  it('is an IPv4 address, or the /64 of an IPv6 one', () => {
    expect(toClientNetwork('192.0.2.1')).toBe('192.0.2.1')
    expect(toClientNetwork('::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(toClientNetwork('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(toClientNetwork('2001:0DB8:0:0:aaaa::1')).toBe('2001:db8:0:0::/64')
    expect(toClientNetwork('::1')).toBe('0:0:0:0::/64')
    expect(toClientNetwork('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
  })
})
