import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { User } from '../../shared/schemas/user.ts'
import { describeStores, makeSqlite } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { slowHashes, startForTest, testPassword, type TestSystem } from '../testing/system.ts'
import { hour_ms } from '../../shared/duration.ts'

const perHour = 3

async function start(makeDatabase = makeSqlite, environment = {}, options = {}) {
  const clock = { now: Date.parse('2027-03-01T09:00:00Z') }
  const system = await startForTest(makeDatabase, {
    ...options,
    clock: () => clock.now,
    environment: { TRUSTED_PROXIES: '127.0.0.0/8', ...environment },
  })
  const url = listenForTest(system.app)
  let made = 0

  /** Signs up a new user from an address, through a trusted proxy. */
  async function signUp(address: string, account: object = {}, headers = {}) {
    const username = `user${++made}`
    const body = { username, email: `${username}@test.example`, password: testPassword }
    const answer = await fetch(`${url}/api/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...headers },
      body: JSON.stringify({ ...body, ...account }),
    })
    return { status: answer.status, body: (await answer.json()) as User & Problem }
  }
  return { system, url, clock, signUp }
}

describeStores('sign-ups', (makeDatabase) => {
  let system: TestSystem
  let { clock, signUp } = {} as Awaited<ReturnType<typeof start>>
  beforeAll(async () => {
    const environment = { SIGN_UP_LIMIT_PER_HOUR: `${perHour}` }
    ;({ system, clock, signUp } = await start(makeDatabase, environment))
  }, 30_000)
  afterAll(() => system.close())

  it('of one site are limited per hour', async () => {
    for (let host = 1; host <= perHour; host++) {
      expect((await signUp(`192.0.2.${host}`)).status).toBe(201)
    }
    const refused = await signUp('192.0.2.99')
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_sign_ups'])
    expect((await signUp('198.51.100.1')).status).toBe(201)
    expect((await signUp('2001:db8:1:1::1')).status).toBe(201)
    clock.now += hour_ms / perHour
    expect((await signUp('192.0.2.99')).status).toBe(201)
    expect((await signUp('192.0.2.99')).status).toBe(429)
    clock.now += 2 * hour_ms
  })

  it('of all sites are limited to ten times as many', async () => {
    // Counted before anything else, even before hashing the password.
    const account = { password: 'qwertyuiop' }
    const status = async (site: number) => (await signUp(`10.0.${site}.1`, account)).status
    for (let site = 0; site < 10 * perHour; site++) expect(await status(site)).toBe(422)
    expect(await status(10 * perHour)).toBe(429)
    clock.now += 2 * hour_ms
  })

  it('of many sites are all accepted at once', async () => {
    const account = { password: 'qwertyuiop' }
    const sites = Array.from({ length: 10 * perHour }, (_, site) => `10.1.${site}.1`)
    const answers = await Promise.all(sites.map((site) => signUp(site, account)))
    expect(answers.filter(({ status }) => status !== 422)).toEqual([])
    clock.now += 2 * hour_ms
  })

  it('of two strangers under one key are independent', async () => {
    const headers = { 'idempotency-key': '1' }
    const first = await signUp('203.0.113.1', {}, headers)
    const second = await signUp('203.0.114.1', {}, headers)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body.id).not.toBe(first.body.id)
  })
})

describeStores('a taken address', (makeDatabase) => {
  it('is revealed a few times to one site, then no more', async () => {
    const { system, clock, signUp } = await start(makeDatabase, { SIGN_UP_LIMIT_PER_HOUR: '1000' })
    const [email, other] = ['anna@test.example', 'nobody@test.example']
    expect((await signUp('203.0.113.1', { email })).status).toBe(201)
    const ask = async (host: number, account: object) => {
      const answer = await signUp(`192.0.2.${host}`, account)
      return [answer.status, answer.body.code]
    }
    for (let host = 0; host < 10; host++) {
      expect(await ask(host, { email })).toEqual([409, 'email_taken'])
    }
    expect(await ask(10, { email })).toEqual([429, 'too_many_sign_ups'])
    expect(await ask(11, { email: other })).toEqual([429, 'too_many_sign_ups'])
    // Members learn about addresses too, when they change their own.
    const me = (await (await system.send('GET', '/api/users/me', { as: 'ben' })).json()) as User
    const body = { email, current_password: testPassword }
    const change = async () =>
      (await system.send('PATCH', `/api/users/${me.id}`, { as: 'ben', body })).status
    for (let tries = 0; tries < 10; tries++) expect(await change()).toBe(409)
    expect(await change()).toBe(429)
    clock.now += hour_ms / 10
    expect(await ask(12, { email })).toEqual([409, 'email_taken'])
    await system.close()
  }, 30_000)
})

it('a login does not wait for sign-ups', async () => {
  const { system, signUp } = await start(makeSqlite, {}, slowHashes)
  await system.tokenOf('anna')
  let done = 0
  const signUps = Array.from({ length: 60 }, async () => {
    expect((await signUp('192.0.2.1')).status).toBe(201)
    done++
  })
  // One password is being hashed, the others wait.
  while (done === 0) await Bun.sleep(1)
  const body = { username: 'anna', password: testPassword }
  expect((await system.send('POST', '/api/login', { as: null, body })).status).toBe(200)
  expect(done).toBeLessThan(30)
  await Promise.all(signUps)
  await system.close()
}, 60_000)

it('where sign-up is closed only administrators create accounts', async () => {
  const { system, url, signUp } = await start(makeSqlite, { SIGN_UP: 'closed' })
  const refused = await signUp('192.0.2.1')
  expect([refused.status, refused.body.code]).toEqual([403, 'sign_up_closed'])
  expect(await (await fetch(`${url}/api/users/sign_up`)).json()).toEqual({
    open: false,
    mode: 'closed',
    domains: [],
    mail: true,
    passkeys: 'http://localhost:3000',
  })
  const authorization = `Bearer ${await system.tokenOf('admin')}`
  const made = await signUp('192.0.2.1', { username: 'carl' }, { authorization })
  expect(made.status).toBe(201)
  // A member has no right here, and an invalid token is not ignored.
  const body = { username: 'carl', password: testPassword }
  const login = await system.send('POST', '/api/login', { as: null, body })
  const { access_token } = (await login.json()) as { access_token: string }
  const member = { authorization: `Bearer ${access_token}` }
  expect((await signUp('192.0.2.1', {}, member)).status).toBe(403)
  expect((await signUp('192.0.2.1', {}, { authorization: 'Bearer x.y.z' })).status).toBe(401)
  await system.close()
})
