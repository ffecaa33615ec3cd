import { expect, it } from 'bun:test'
import type { User } from '../../../shared/schemas/user.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startProvider } from '../../testing/sign-in-provider.ts'
import { testPassword } from '../../testing/system.ts'
import { useOidc } from './fixture.ts'

// Providers and browsers may send anything.
describeStores('a provider with odd claims', (makeDatabase) => {
  const tools = useOidc(makeDatabase)
  const { acme, add, begin, call, change, complete, me, person, refuses, signIn, system } = tools

  it('yields no empty, endless or unstorable subject', async () => {
    for (const sub of ['', 'x'.repeat(256), 'a\0b']) {
      const [status, code] = await refuses({}, person({ sub }))
      expect([sub.length, status, code]).toEqual([sub.length, 403, 'sign_in_refused'])
    }
  })

  it('yields no subject that is not a string', async () => {
    for (const sub of [7, true, ['a'], { toString: 'a' }, null] as unknown as string[]) {
      expect((await refuses({}, person({ sub })))[0]).toBe(403)
    }
  })

  it('yields no address that is a list, an object, or has a line break', async () => {
    const odd = [['admin@test.example'], { a: 1 }, 7, 'a@acme.example\r\nBcc: x@evil.example', '@']
    for (const email of odd as string[]) {
      expect((await refuses({}, person({ email })))[1]).toBe('address_unverified')
    }
  })

  it('verifies no address by an object, a list or a word', async () => {
    for (const email_verified of [{}, [true], 'yes', 'TRUE', 2, null]) {
      const who = person({ email_verified })
      expect([email_verified, (await refuses({}, who))[1]]).toEqual([
        email_verified,
        'address_unverified',
      ])
    }
  })

  it("gives nobody another's username, in any script", async () => {
    await system().tokenOf('owner')
    for (const preferred_username of ['owner', 'OWNER', 'admin', ' owner ', 'owner\u200b']) {
      const { body } = await signIn(person({ preferred_username }))
      const { username, role } = await me(body)
      expect(['owner', 'admin']).not.toContain(username.toLowerCase())
      expect([username, role]).toEqual([expect.stringMatching(/^[\w.-]{2,50}$/), 'member'])
    }
  })

  it('makes nobody an administrator by unmapped claims', async () => {
    const claims = { role: 'admin', roles: ['admin'], groups: ['admin', 'admins'], admin: true }
    expect((await me((await signIn(person(claims))).body)).role).toBe('member')
    await change({ group_mappings: [{ value: 'it', role: 'admin' }] })
    for (const groups of ['IT', 'it ', ['I\u0054'], { it: true }, [['it']], [{ value: 'it' }]]) {
      expect((await me((await signIn(person({ groups }))).body)).role).toBe('member')
    }
    expect((await me((await signIn(person({ groups: ['it'] }))).body)).role).toBe('admin')
    await change({ group_mappings: [] })
  })

  it('with 20,000 groups costs no more than one with few', async () => {
    const groups = Array.from({ length: 20_000 }, (_, at) => `g${at}`)
    const begun = performance.now()
    expect((await signIn(person({ groups }))).status).toBe(200)
    expect(performance.now() - begun).toBeLessThan(5000)
  })

  it('removed during a sign-in refuses it, and so does its successor', async () => {
    const brief = await startProvider()
    await add('brief', brief, { creates_accounts: true })
    const [first, second] = [await begin('brief'), await begin('brief')]
    const bring = ({ url, flow }: typeof first) =>
      complete(flow, brief.authorize(url, person()), 'brief')
    expect((await call('DELETE', '/api/identity_providers/brief')).status).toBe(204)
    expect((await bring(first)).status).toBe(404)
    // Nor does one created again under the same name.
    const other = await startProvider()
    await add('brief', other, { creates_accounts: true })
    expect((await bring(second)).code).toBe('sign_in_refused')
    await Promise.all([brief.close(), other.close()])
  })

  it('is not misled by duplicate, missing or endless parameters', async () => {
    const other = person()
    const odd = (query: string): string[] => [
      `${query}&state=another`,
      `state=another&${query}`,
      query.replace(/code=[^&]*/, 'code='),
      query.replace(/code=[^&]*&?/, ''),
      query.replace(/state=[^&]*&?/, ''),
      `${query}&iss=https%3A%2F%2Fevil.example`,
      `error=access_denied&${query}`,
      '',
      '%',
    ]
    for (let at = 0; at < odd('').length; at++) {
      const { url, flow } = await begin()
      const answer = await complete(flow, odd(acme().authorize(url, other))[at] ?? '')
      expect([at, [400, 403, 422]]).toEqual([at, expect.arrayContaining([answer.status])])
      expect(answer.body.access_token).toBeUndefined()
    }
    const { url, flow } = await begin()
    const query = acme().authorize(url, other)
    expect((await complete(flow, `${query}&x=${'x'.repeat(100_000)}`)).status).toBe(413)
  })

  it('under an unknown name opens nothing', async () => {
    const { flow } = await begin()
    for (const id of ['../acme', '__proto__', 'ACME', 'acme%00', "acme' OR '1'='1", '']) {
      const { status } = await complete(flow, 'code=a&state=b', id)
      expect([id, [400, 404, 422]]).toEqual([id, expect.arrayContaining([status])])
    }
  })

  it("connects nobody by another user's flow, nor without the password", async () => {
    const own = { provider_id: 'acme', current_password: testPassword }
    const begun = await call<{ url: string; flow: string }>('POST', '/api/identities', {
      as: 'eve',
      body: own,
    })
    const query = acme().authorize(begun.body.url, person())
    const body = { provider_id: 'acme', flow: begun.body.flow, query }
    expect((await call('POST', '/api/identities/callback', { as: 'vera', body })).status).toBe(403)
    const bare = { provider_id: 'acme', current_password: '' }
    expect((await call('POST', '/api/identities', { as: 'vera', body: bare })).status).toBe(403)
  })

  it('lets nobody in whose account was disabled meanwhile', async () => {
    const who = person()
    const { id } = await me((await signIn(who)).body)
    const { url, flow } = await begin()
    const query = acme().authorize(url, who)
    await changeByHand(
      system().databaseUrlOf('users'),
      `UPDATE users SET disabled = created WHERE username_key = '${who['preferred_username']}'`,
    )
    expect((await complete(flow, query)).code).toBe('account_disabled')
    expect((await call<User>('GET', `/api/users/${id}`)).body.disabled).toBe(true)
  })
})
