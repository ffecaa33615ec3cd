import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Tokens, User } from '../../shared/schemas/user.ts'
import { describeStores, type TestDatabase } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { slowHashes, startForTest, testPassword, type TestSystem } from '../testing/system.ts'
import { minute_ms } from '../../shared/duration.ts'

// Each guess costs a hash; the number does not matter for the test.
const perMinute = 2

describeStores('failed logins', (makeDatabase) => {
  let database: TestDatabase
  let system: TestSystem
  let url: string
  let strangers = 0
  let now = Date.parse('2027-03-01T09:00:00Z')

  async function start() {
    system = await startForTest(async () => ({ url: database.url, remove: async () => {} }), {
      ...slowHashes,
      clock: () => now,
      environment: { LOGIN_LIMIT_PER_MINUTE: `${perMinute}`, TRUSTED_PROXIES: '127.0.0.0/8' },
    })
    url = listenForTest(system.app)
  }

  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    await start()
  }, 30_000)
  afterAll(async () => {
    await system.close()
    await database.remove()
  })

  /** Logs in from an address, through a trusted proxy. */
  async function logIn(address: string, username: string, body: object = {}) {
    const answer = await fetch(`${url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ username, password: testPassword, ...body }),
    })
    const { status, headers } = answer
    return { status, headers, body: (await answer.json()) as Tokens & Problem }
  }
  const fail = (address: string, username: string, body: object = {}) =>
    logIn(address, username, { password: 'a wrong guess', ...body })

  /** Until the account's allowance for all networks is used up. */
  async function lock(username: string) {
    for (let guess = 0; guess < 10 * perMinute; guess++) {
      expect((await fail(`198.51.100.${++strangers}`, username)).status).toBe(401)
    }
    expect((await fail(`198.51.100.${++strangers}`, username)).status).toBe(429)
  }

  it('of one network are refused after a few, even across a restart, and later again', async () => {
    await system.tokenOf('bert')
    for (let guess = 0; guess < perMinute; guess++) {
      expect((await fail('192.0.2.1', 'bert')).status).toBe(401)
    }
    const refused = await logIn('192.0.2.1', 'bert')
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_attempts'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await system.close()
    await start()
    expect((await logIn('192.0.2.1', 'BERT@test.example')).status).toBe(429)
    now += minute_ms / perMinute
    expect((await fail('192.0.2.1', 'bert')).status).toBe(401)
    // Each further failure doubles the wait.
    now += minute_ms / perMinute
    expect((await logIn('192.0.2.1', 'bert')).status).toBe(429)
    now += 2 * minute_ms
    expect((await logIn('192.0.2.1', 'bert')).status).toBe(200)
  })

  it('of one network block nobody elsewhere', async () => {
    await system.tokenOf('carl')
    for (let guess = 0; guess < 12 * perMinute; guess++) await fail('192.0.2.2', 'carl')
    expect((await logIn('192.0.2.3', 'carl')).status).toBe(200)
  })

  it('exclude successes, and cost twice as much each beyond the allowance', async () => {
    await system.tokenOf('gina')
    for (let time = 0; time < 3 * perMinute; time++) {
      expect((await logIn('192.0.2.7', 'gina')).status).toBe(200)
    }
    const each_s = 60 / perMinute
    const retryAfter = async () =>
      Number((await fail('192.0.2.7', 'gina')).headers.get('retry-after'))
    for (let guess = 0; guess < perMinute; guess++) expect(await retryAfter()).toBe(0)
    expect(await retryAfter()).toBe(each_s)
    now += each_s * 1000
    expect(await retryAfter()).toBe(0)
    expect(await retryAfter()).toBe(2 * each_s)
    now += 2 * each_s * 1000
    expect((await logIn('192.0.2.7', 'gina')).status).toBe(200)
  })

  it('of two networks are counted apart, even simultaneously', async () => {
    for (const address of ['192.0.2.8', '192.0.2.9', '192.0.2.8']) {
      expect((await fail(address, 'nobody')).status).toBe(401)
    }
    expect((await fail('192.0.2.8', 'nobody')).status).toBe(429)
    expect((await fail('192.0.2.9', 'nobody')).status).toBe(401)
  })

  it('of one network stay limited, even if fifty come at once', async () => {
    await system.tokenOf('cleo')
    const guesses = Array.from({ length: 50 }, () => fail('192.0.2.4', 'cleo'))
    const answers = await Promise.all(guesses)
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(perMinute)
    expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true)
  })

  it('of many networks lock an account, except for known devices', async () => {
    await system.tokenOf('dana')
    await system.tokenOf('eve')
    const { device_token } = (await logIn('203.0.113.1', 'dana')).body
    const { device_token: other } = (await logIn('203.0.113.2', 'eve')).body
    await lock('dana')
    expect((await logIn('203.0.113.3', 'dana')).status).toBe(429)
    // Neither another user's device token nor a forged one counts.
    for (const device_token of [other, 'a.b.c', '', `${other?.slice(0, -2)}AA`]) {
      expect((await logIn('203.0.113.3', 'dana', { device_token })).status).toBe(429)
    }
    expect((await logIn('203.0.113.3', 'dana', { device_token })).status).toBe(200)
    await lock('eve')
    // The device has its own allowance, and no more.
    for (let guess = 0; guess < perMinute; guess++) {
      expect((await fail('203.0.113.4', 'eve', { device_token: other })).status).toBe(401)
    }
    expect((await logIn('203.0.113.4', 'eve', { device_token: other })).status).toBe(429)
  }, 60_000)

  it('of strangers do not keep an owner from changing their password', async () => {
    const answer = await system.send('GET', '/api/users/me', { as: 'finn' })
    const { id } = (await answer.json()) as User
    await lock('finn')
    const body = { current_password: testPassword, password: 'another good password' }
    expect((await system.send('PATCH', `/api/users/${id}`, { as: 'finn', body })).status).toBe(200)
  }, 60_000)
})
