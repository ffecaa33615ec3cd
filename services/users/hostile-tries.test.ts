import { expect, it } from 'bun:test'
import type { CreatedApiKey } from '../../shared/schemas/api-key.ts'
import type { MadeInvitation } from '../../shared/schemas/invitation.ts'
import type { PasswordLink } from '../../shared/schemas/recovery.ts'
import type { SecondFactorSecret } from '../../shared/schemas/second-factor.ts'
import type { Tokens, User } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../shared/testing/smtp.ts'
import { codeOf } from '../testing/authenticator-app.ts'
import { testPassword } from '../testing/system.ts'
import { password, useRecovery } from './recovery/fixture.ts'
import { day_ms } from '../../shared/duration.ts'

describeStores('a hostile attempt', (makeDatabase) => {
  const { clock, system, smtp, call, post, join, logIn, forgot, set } = useRecovery(makeDatabase)
  let made = 0

  const guest = (more: object = {}) => {
    const username = `guest${++made}`
    return { username, email: `${username}@else.example`, password, ...more }
  }
  async function invite(body: object = {}) {
    const answer = await post<MadeInvitation>('/api/invitations', body, 'admin')
    return { ...answer, token: tokenOf({ text: answer.body.link ?? '' }) }
  }
  const accept = (token: string, more: object = {}) =>
    post<User>('/api/invitations/accept', { token, ...guest(more) })
  async function makeKey(as: string, scopes = ['manage']) {
    await system().refresh()
    const { body } = await post<CreatedApiKey>('/api/api_keys', { name: 'x', scopes }, as)
    return body.key
  }
  const by = (authorization: string) => ({ as: null, headers: { authorization } })
  const link = async (id: string) => {
    const { body } = await post<PasswordLink>(`/api/users/${id}/password_link`, {}, 'admin')
    return tokenOf({ text: body.link })
  }
  /** Changes one character of it. */
  const forge = (token: string, at: number) =>
    token.slice(0, at) + (token[at] === 'a' ? 'b' : 'a') + token.slice(at + 1)

  it('at an invitation: a character of its token changed, added or left out', async () => {
    const { token } = await invite()
    const spots = [0, 9, 20, 36, 37, 40, token.length - 2]
    const forged = spots.map((at) => forge(token, at))
    for (const bad of [...forged, token.slice(0, -1), `${token}a`, `${token}.`, ` ${token}`]) {
      const { status } = await accept(bad)
      expect([bad, [404, 422]]).toEqual([bad, expect.arrayContaining([status])])
    }
    expect((await accept(token)).status).toBe(201)
  })

  it('at an invitation: its id alone, with the seal of another', async () => {
    const [one, other] = [await invite(), await invite({ role: 'admin' })]
    const [id = ''] = other.token.split('.')
    const [, seal = ''] = one.token.split('.')
    for (const bad of [`${id}.${seal}`, `${id}.`, other.body.id]) {
      expect((await accept(bad)).status).not.toBe(201)
    }
  })

  it('at an invitation: further fields of an account, sent along', async () => {
    const { token } = await invite()
    const { token: admin } = await invite({ role: 'admin' })
    const greedy = [{ role: 'admin' }, { id: admin }, { groups: [] }, { email_verified: true }]
    for (const more of greedy) expect((await accept(token, more)).status).toBe(422)
    const { body } = await accept(token)
    expect([body.role, body.email_verified]).toEqual(['member', false])
  })

  it('at an invitation: an address with a line break, or two of them', async () => {
    const odd = ['a@b.example\r\nBcc: x@evil.example', 'a@b.example,c@d.example', 'a@b@c.example']
    for (const email of [...odd, '<a@b.example>\n', 'a b@c.example', '@', 'a'.repeat(300)]) {
      expect([email, (await invite({ email })).status]).toEqual([email, 422])
    }
  })

  it('at an invitation: never expiring, already expired, or with an unknown role', async () => {
    const odd = [0, -1, 1e9, 1.5, '7', null]
    for (const expires_in_days of odd) expect((await invite({ expires_in_days })).status).toBe(422)
    for (const role of ['owner', 'service', 'system', '']) {
      expect((await invite({ role })).status).toBe(422)
    }
    expect((await invite({ created_by: null })).status).toBe(422)
  })

  it('at an invitation: created, listed or revoked by a member', async () => {
    const { body } = await invite()
    const key = `Bearer ${await makeKey('admin')}`
    const service = { 'x-service-token': await system().signServiceToken('books', 'users') }
    const path = `/api/invitations/${body.id}`
    for (const [method, at] of [
      ['POST', '/api/invitations'],
      ['GET', '/api/invitations'],
      ['DELETE', path],
    ] as const) {
      const sent = method === 'POST' ? { body: { role: 'admin' } } : {}
      expect((await call(method, at, { as: 'vic', ...sent })).status).toBe(403)
      expect((await call(method, at, { as: null, ...sent })).status).toBe(401)
      expect((await call(method, at, { as: null, headers: service, ...sent })).status).toBe(403)
      // An administrator's key that may only read.
      const isRead = method === 'GET'
      expect((await call(method, at, { ...by(key), ...sent })).status).toBe(isRead ? 200 : 403)
    }
    expect((await call('DELETE', path)).status).toBe(204)
  })

  it('at a reset: a character of its token changed, or its id with another seal', async () => {
    const [vic, eve] = [await join(), await join()]
    const [token, own] = [await link(vic.id), await link(eve.id)]
    const [[id = '', seal = ''], [, other = '']] = [token.split('.'), own.split('.')]
    const spots = [0, 9, 20, 36, 37, 40, token.length - 2]
    const forged = spots.map((at) => forge(token, at))
    for (const bad of [...forged, `${id}.${other}`, `${id}.`, `.${seal}`, id, vic.id]) {
      const { status } = await set(bad)
      expect([bad, [404, 422]]).toEqual([bad, expect.arrayContaining([status])])
    }
    expect((await set(token)).status).toBe(200)
  })

  it('at a reset: past a second factor', async () => {
    const { name, email } = await join()
    const own = { current_password: testPassword }
    const begun = await post<SecondFactorSecret>('/api/second_factor', own, name)
    const code = codeOf(begun.body.secret, 0, clock.now)
    expect((await post('/api/second_factor/confirm', { code }, name)).status).toBe(200)
    await forgot(email)
    expect((await set(tokenOf(await smtp().take(email)))).status).toBe(200)
    const answer = await logIn(name, password)
    expect([answer.status, answer.body.code]).toEqual([401, 'second_factor_code_required'])
    expect(answer.body.access_token).toBeUndefined()
  })

  it('at a reset: with a former login or refresh token', async () => {
    const { name, email } = await join()
    const { body: thief } = await post<Tokens>('/api/login', {
      username: name,
      password: testPassword,
    })
    await forgot(email)
    await set(tokenOf(await smtp().take(email)))
    await system().refresh()
    const me = await call('GET', '/api/users/me', by(`Bearer ${thief.access_token}`))
    const { refresh_token } = thief
    expect([me.status, (await post('/api/token/refresh', { refresh_token })).status]).toEqual([
      401, 401,
    ])
  })

  it('at a reset: a password that is the name, common, endless, or no text', async () => {
    const { name, id, email } = await join('longusername')
    const token = await link(id)
    const odd = [name, email, 'password1234', 'x'.repeat(201), 'short', '', null, 12345678901, {}]
    for (const bad of odd) expect((await set(token, bad as string)).status).toBe(422)
    expect((await set(token, 'x'.repeat(2_000_000))).status).toBe(413)
    expect((await set(token)).status).toBe(200)
  })

  it('at a reset: requested by a disabled user, whose link would let them in', async () => {
    const { id, name, email } = await join()
    await forgot(email)
    const token = tokenOf(await smtp().take(email))
    const late = await link(id)
    expect((await call('PATCH', `/api/users/${id}`, { body: { disabled: true } })).status).toBe(200)
    for (const bad of [token, late]) expect((await set(bad)).body.code).toBe('link_invalid')
    expect((await forgot(email)).status).toBe(204)
    expect((await post(`/api/users/${id}/password_link`, {}, 'admin')).status).toBe(409)
    expect((await logIn(name, testPassword)).status).toBe(403)
  })

  it('at a reset: a link made by a member, a key, a service, or for oneself', async () => {
    const { id } = await join()
    const path = `/api/users/${id}/password_link`
    expect((await post(path, {}, 'eva')).status).toBe(403)
    const key = by(`Bearer ${await makeKey('admin')}`)
    expect((await call('POST', path, { ...key, body: {} })).status).toBe(403)
    const service = { 'x-service-token': await system().signServiceToken('books', 'users') }
    expect((await call('POST', path, { as: null, headers: service, body: {} })).status).toBe(403)
    const { body: admin } = await call<User>('GET', '/api/users/me')
    expect((await post(`/api/users/${admin.id}/password_link`, {}, 'admin')).status).toBe(403)
  })

  it('with a key: in another form of the header, or twice', async () => {
    const key = await makeKey('kim', ['read'])
    const refused = [`Bearer  ${key}`, `Bearer ${key} `, `Bearer ${key},${key}`, `Token ${key}`]
    const more = [key, `Bearer ${key}\t`, `Bearer ${key}=`, `Bearer "${key}"`, `Basic ${btoa(key)}`]
    const statusOf = async (text: string) => (await call('GET', '/api/users/me', by(text))).status
    const open: string[] = []
    for (const text of [...refused, ...more]) {
      // The ends of a header are no part of it (RFC 9110 section 5.5).
      if ((await statusOf(text)) !== 401) open.push(text.replace(key, '').trim())
    }
    expect(new Set(open)).toEqual(new Set(['Bearer']))
    expect(await statusOf(`Bearer ${key}`)).toBe(200)
  })

  it('with a key: scopes that do not exist, or are disguised', async () => {
    const wish = (scopes: unknown) => post('/api/api_keys', { name: 'x', scopes }, 'kim')
    for (const scope of ['*', 'admin', 'users:*', 'MANAGE', 'read ', 'read manage', 'a:b:c', '']) {
      expect([scope, (await wish([scope])).status]).toEqual([scope, 422])
    }
    for (const scopes of ['manage', { 0: 'manage' }, [['manage']], null]) {
      expect((await wish(scopes)).status).toBe(422)
    }
  })

  it('with a key: of an administrator, without the scope manage', async () => {
    for (const scopes of [['read'], ['book'], ['inventory:manage']]) {
      const key = by(`Bearer ${await makeKey('admin', scopes)}`)
      for (const path of ['/api/users', '/api/security_events', '/api/invitations']) {
        expect([scopes, (await call('GET', path, key)).status]).toEqual([scopes, 403])
      }
    }
  })

  it('with a key: made for, given to or taken from another user', async () => {
    const { body: kim } = await call<User>('GET', '/api/users/me', { as: 'kim' })
    const wish = { name: 'x', scopes: ['read'], user_id: kim.id }
    expect((await post('/api/api_keys', wish, 'eva')).status).toBe(422)
    const { body: mine } = await post<CreatedApiKey>(
      '/api/api_keys',
      { name: 'x', scopes: ['read'] },
      'kim',
    )
    expect((await call('DELETE', `/api/api_keys/${mine.id}`, { as: 'eva' })).status).toBe(404)
    expect((await call('GET', `/api/api_keys?user_id=${kim.id}`, { as: 'eva' })).status).toBe(403)
  })

  it('with a key: after its owner was disabled, and while they are', async () => {
    const { id } = await join('paul')
    const key = by(`Bearer ${await makeKey('paul', ['read'])}`)
    expect((await call('GET', '/api/users/me', key)).status).toBe(200)
    await call('PATCH', `/api/users/${id}`, { body: { disabled: true } })
    clock.now += 4000
    expect((await call('GET', '/api/users/me', key)).status).toBe(401)
  })

  it('with a key: more than a hundred a day', async () => {
    const statuses = new Map<number, number>()
    for (let at = 0; at < 105; at++) {
      const { status, body } = await post<CreatedApiKey>(
        '/api/api_keys',
        { name: 'x', scopes: ['read'] },
        'mole',
      )
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 201) await call('DELETE', `/api/api_keys/${body.id}`, { as: 'mole' })
    }
    expect(statuses).toEqual(
      new Map([
        [201, 100],
        [429, 5],
      ]),
    )
    clock.now += day_ms
    expect((await post('/api/api_keys', { name: 'x', scopes: ['read'] }, 'mole')).status).toBe(201)
  })
})
