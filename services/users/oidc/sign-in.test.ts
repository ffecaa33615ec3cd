import { expect, it } from 'bun:test'
import type { Group } from '../../../shared/schemas/group.ts'
import type { BegunSignIn, Identity } from '../../../shared/schemas/identity-provider.ts'
import type { RecoveryCodes, SecondFactorSecret } from '../../../shared/schemas/second-factor.ts'
import type { Login, Tokens, User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { testPassword } from '../../testing/system.ts'
import { useOidc } from './fixture.ts'
import { codeOf } from '../../testing/authenticator-app.ts'
import { day_ms } from '../../../shared/duration.ts'

const own = { current_password: testPassword }

describeStores('signing in by a provider', (makeDatabase) => {
  const { acme, call, begin, change, complete, events, me, person, signIn, ...tools } =
    useOidc(makeDatabase)
  const { system, verifyByHand, wait, now } = tools
  const bearer = ({ access_token }: Tokens) => ({
    as: null,
    headers: { authorization: `Bearer ${access_token}` },
  })

  it('is offered to strangers by name, and reveals nothing else', async () => {
    const { body } = await call('GET', '/api/login/providers', { as: null })
    expect(body).toEqual([{ id: 'acme', name: 'Test acme' }] as never)
    const { url } = await begin()
    const asked = new URL(url)
    expect(asked.origin + asked.pathname).toBe(`${acme().issuer}/authorize`)
    expect(asked.searchParams.get('scope')).toBe('openid email profile')
    expect(asked.searchParams.get('redirect_uri')).toBe('http://127.0.0.1:3000/oidc/acme')
    expect(url).not.toContain('secret')
  })

  it('creates an account first, and finds it again by subject, not by address', async () => {
    const lena = person({ name: 'Lena Vogel', preferred_username: 'lena' })
    const first = await signIn(lena)
    expect(first.status).toBe(200)
    expect(first.body.log_out_url).toStartWith(`${acme().issuer}/end?`)
    const user = await me(first.body)
    expect(user).toMatchObject({
      username: 'lena',
      display_name: 'Lena Vogel',
      email: lena.email ?? '',
      email_verified: true,
      role: 'member',
    })
    const moved = { ...lena, email: 'lena.new@acme.example', name: 'Lena Berg' }
    expect((await me((await signIn(moved)).body)).id).toBe(user.id)
    const made = await events('sign_up')
    expect(made.find(({ user_id }) => user_id === user.id)?.detail).toEqual({ provider: 'acme' })
  })

  it('lasts 30 days, however often it is refreshed', async () => {
    let { body } = await signIn(person())
    const refresh = () =>
      call<Tokens>('POST', '/api/token/refresh', {
        as: null,
        body: { refresh_token: body.refresh_token },
      })
    for (const days of [20, 9.9]) {
      wait(days * day_ms)
      const renewed = await refresh()
      expect([days, renewed.status]).toEqual([days, 200])
      body = renewed.body
    }
    wait(0.2 * day_ms)
    expect((await refresh()).status).toBe(401)
  })

  it('gives an ordinary login: listed, refreshed, ended everywhere', async () => {
    const max = person()
    const { body } = await signIn(max)
    const logins = await call<Login[]>('GET', '/api/logins', bearer(body))
    expect(logins.body).toHaveLength(1)
    const { refresh_token } = body
    const next = await call<Tokens>('POST', '/api/token/refresh', {
      as: null,
      body: { refresh_token },
    })
    expect(next.status).toBe(200)
    expect((await call('DELETE', '/api/logins', bearer(next.body))).status).toBe(204)
    const late = { refresh_token: next.body.refresh_token }
    expect((await call('POST', '/api/token/refresh', { as: null, body: late })).status).toBe(401)
  })

  it('gives another username if the wanted one is taken', async () => {
    await system().tokenOf('taken')
    const { body } = await signIn(person({ preferred_username: 'taken' }))
    expect((await me(body)).username).toMatch(/^taken-[0-9a-f]{8}$/)
    const odd = await signIn(person({ preferred_username: '§' }))
    expect((await me(odd.body)).username).toMatch(/^member-[0-9a-f]{8}$/)
  })

  it('creates no account unless an administrator allows it', async () => {
    await change({ creates_accounts: false })
    const nobody = person()
    expect(await signIn(nobody)).toMatchObject({ status: 403, code: 'account_missing' })
    await change({ creates_accounts: true })
    expect((await signIn(nobody)).status).toBe(200)
  })

  it('leads to the account whose address both sides verified', async () => {
    await system().tokenOf('vera')
    await verifyByHand('vera')
    const vera = person({ email: 'Vera@Test.example' })
    const { body } = await signIn(vera)
    expect(await me(body)).toMatchObject({ username: 'vera', email: 'vera@test.example' })
    const logged = await call('POST', '/api/login', {
      as: null,
      body: { username: 'vera', password: testPassword },
    })
    expect(logged.status).toBe(200)
  })

  it('adds people to groups and removes them, as the provider says each time', async () => {
    const make = async (name: string) =>
      (await call<Group>('POST', '/api/groups', { body: { name } })).body.id
    const [drivers, pilots, others] = [
      await make('Drivers'),
      await make('Pilots'),
      await make('Other'),
    ]
    await change({
      group_mappings: [
        { value: 'drivers', group_id: drivers },
        { value: 'chauffeurs', group_id: drivers },
        { value: 'pilots', group_id: pilots },
        { value: 'it', role: 'admin' },
      ],
    })
    const lou = person()
    const groupsOf = async (groups: unknown) => {
      const { body } = await signIn({ ...lou, groups })
      const [, claims = ''] = body.access_token.split('.')
      const token = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
        groups?: string[]
        role: string
      }
      return [token.role, ...(token.groups ?? []).toSorted()]
    }
    const sorted = (...ids: string[]) => ids.toSorted()
    expect(await groupsOf(['chauffeurs', 'unknown'])).toEqual(['member', drivers])
    const { id } =
      (await call<User[]>('GET', `/api/users?q=${lou['preferred_username']}`)).body[0] ?? {}
    await call('PUT', `/api/groups/${others}/members/${id}`, { body: {} })
    // Unmapped groups are not the provider's to remove.
    expect(await groupsOf(['drivers', 'pilots', 'it'])).toEqual([
      'admin',
      ...sorted(drivers, pilots, others),
    ])
    expect(await groupsOf('pilots')).toEqual(['member', ...sorted(pilots, others)])
    expect(await groupsOf(undefined)).toEqual(['member', others])
    // Too many to be listed: the current ones stay.
    await groupsOf(['pilots'])
    const { body } = await signIn({ ...lou, _claim_names: { groups: 'elsewhere' } })
    expect(body.access_token).toBeString()
    const roles = (await events('role_changed')).filter(({ user_id }) => user_id === id)
    expect(roles).toHaveLength(2)
    expect((await events('group_member_removed')).length).toBeGreaterThan(0)
    await change({ group_mappings: [] })
  })

  it('asks for the second factor of the account, unless the provider did', async () => {
    await system().tokenOf('fay')
    await verifyByHand('fay')
    const begun = await call<SecondFactorSecret>('POST', '/api/second_factor', {
      as: 'fay',
      body: own,
    })
    const shown = (steps = 0) => codeOf(begun.body.secret, steps, now())
    const body = { code: shown(-1) }
    await call<RecoveryCodes>('POST', '/api/second_factor/confirm', { as: 'fay', body })
    const fay = person({ email: 'fay@test.example' })
    const asked = await signIn(fay)
    expect(asked).toMatchObject({ status: 401, code: 'second_factor_code_required' })
    const { flow = '' } = asked.body
    const send = (code: string) =>
      call<Tokens>('POST', '/api/login/callback/code', { as: null, body: { flow, code } })
    expect((await send('000000')).status).toBe(403)
    const { status, body: tokens } = await send(shown())
    expect(status).toBe(200)
    expect((await me(tokens)).username).toBe('fay')
    // A code is valid once, as everywhere; and this is no callback flow.
    expect((await send(shown())).status).toBe(403)
    expect((await complete(flow, 'code=1&state=')).code).toBe('sign_in_invalid')
    expect((await signIn({ ...fay, amr: ['pwd', 'mfa'] })).status).toBe(200)
    await change({ asks_second_factor: true })
    expect((await signIn(fay)).status).toBe(200)
    await change({ asks_second_factor: false })
    const late = await signIn({ ...fay, amr: ['pwd'] })
    expect(late.status).toBe(401)
    // A user disconnected meanwhile does not get in by a pending flow.
    const { id } = (await call<User>('GET', '/api/users/me', { as: 'fay' })).body
    await call('DELETE', `/api/identity_providers/acme/users/${id}`)
    const body2 = { flow: late.body.flow, code: shown(1) }
    const refused = await call('POST', '/api/login/callback/code', { as: null, body: body2 })
    expect(refused).toMatchObject({ status: 403, code: 'sign_in_refused' })
  })

  it('is connected and disconnected by the owner, with the password', async () => {
    const body = { provider_id: 'acme', ...own }
    const no = { ...body, current_password: 'a wrong guess' }
    expect((await call('POST', '/api/identities', { as: 'gil', body: no })).status).toBe(403)
    const begun = await call<BegunSignIn>('POST', '/api/identities', { as: 'gil', body })
    // The address does not matter: both identities were proved.
    const gil = person({ email: 'private@elsewhere.example', email_verified: false })
    const { url, flow } = begun.body
    const returned = { provider_id: 'acme', flow, query: acme().authorize(url, gil) }
    const kept = await call<Identity>('POST', '/api/identities/callback', {
      as: 'gil',
      body: returned,
    })
    expect([kept.status, kept.body.provider_name]).toEqual([200, 'Test acme'])
    expect((await me((await signIn(gil)).body)).username).toBe('gil')
    const list = await call<Identity[]>('GET', '/api/identities', { as: 'gil' })
    expect(list.body.map(({ id }) => id)).toEqual([kept.body.id])
    const path = `/api/identities/${kept.body.id}`
    expect((await call('DELETE', path, { as: 'hal', body: own })).status).toBe(404)
    const wrong = { current_password: 'a wrong guess' }
    expect((await call('DELETE', path, { as: 'gil', body: wrong })).status).toBe(403)
    expect((await call('DELETE', path, { as: 'gil', body: own })).status).toBe(204)
    expect((await signIn(gil)).code).toBe('address_unverified')
    const kinds = [
      ...(await events('identity_connected')),
      ...(await events('identity_disconnected')),
    ]
    expect(kinds.filter(({ actor, user_id }) => actor === user_id).length).toBeGreaterThan(1)
  })
})
