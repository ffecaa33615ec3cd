import { expect, it } from 'bun:test'
import type { Passkey } from '../../../shared/schemas/passkey.ts'
import type { SecondFactorState } from '../../../shared/schemas/second-factor.ts'
import type { Login } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { own, usePasskeys } from './fixture.ts'

const codeOf = (code: string | undefined) => ({ code: code ?? '' })

describeStores('a passkey', (makeDatabase) => {
  const { at, clock, send, begin, add, ask, logIn, logInWith } = usePasskeys(makeDatabase)

  it('is added with the password, named, renamed, listed and removed', async () => {
    const { device, added } = await add('anna', 'Laptop')
    expect(added.passkey).toMatchObject({ name: 'Laptop', last_used: null })
    const list = async () => (await send<Passkey[]>('GET', '/api/passkeys', { as: 'anna' })).body
    expect(await list()).toEqual([added.passkey])
    const path = `/api/passkeys/${added.passkey.id}`
    const renamed = await send<Passkey>('PATCH', path, { as: 'anna', body: { name: 'Work' } })
    expect(renamed.body).toEqual({ ...added.passkey, name: 'Work' })
    await logInWith(device)
    const last_used = at()
    expect(await list()).toEqual([{ ...renamed.body, last_used }])
    expect((await send('DELETE', path, { as: 'anna', body: own })).status).toBe(204)
    expect(await list()).toEqual([])
    expect(await logInWith(device)).toMatchObject({ status: 401, code: 'passkey_unknown' })
    expect((await logIn('anna')).status).toBe(200)
  })

  it('logs in its owner, without a name or a code', async () => {
    const { device, added } = await add('bert')
    const { status, body } = await logInWith(device)
    expect(status).toBe(200)
    const headers = { authorization: `Bearer ${body.access_token}` }
    const me = await send<{ username: string }>('GET', '/api/users/me', { as: null, headers })
    expect(me.body.username).toBe('bert')
    const logins = await send<Login[]>('GET', '/api/logins', { as: null, headers })
    expect(logins.body[0]).toMatchObject({ current: true })
    const about = { query: 'kind=login' }
    const events = await send<{ detail: unknown }[]>('GET', `/api/security_events?${about.query}`)
    expect(events.body.map(({ detail }) => detail)).toContainEqual({ passkey: added.passkey.id })
  })

  it('is a second factor to the password, which alone is no longer enough', async () => {
    const { device, added } = await add('cleo')
    expect(added.recovery_codes).toHaveLength(10)
    const refused = await logIn('cleo')
    expect(refused).toMatchObject({ status: 401, code: 'second_factor_code_required' })
    const { token, options } = refused.body.passkey ?? { token: '', options: {} }
    expect(options).toMatchObject({ allowCredentials: [{ id: device.id }] })
    // The password is the other factor: the passkey need not be unlocked.
    const response = device.get(options, { isVerified: false })
    const proof = { token, response }
    expect((await logIn('cleo', { passkey: proof })).status).toBe(200)
    expect(await logIn('cleo', { passkey: proof })).toMatchObject({ code: 'passkey_refused' })
    // An owner who lost it has the recovery codes.
    expect((await logIn('cleo', codeOf(added.recovery_codes[0]))).status).toBe(200)
    expect((await logIn('cleo', codeOf(added.recovery_codes[0]))).status).toBe(403)
    expect((await logIn('cleo', { code: '123456' })).status).toBe(403)
    const state = await send<SecondFactorState>('GET', '/api/second_factor', { as: 'cleo' })
    expect(state.body).toEqual({
      on: false,
      passkeys: 1,
      required: false,
      recovery_codes_left: 9,
    })
  })

  it('comes with recovery codes if it is the first, even if two are added at once', async () => {
    const [one, two] = [await begin('dora'), await begin('dora')]
    const answers = await Promise.all([one, two].map((each) => each.finish()))
    const done = answers.filter(({ status }) => status === 201)
    // The password was given for each, one after the other.
    expect(done.length).toBeGreaterThan(0)
    const withCodes = done.filter(({ body }) => body.recovery_codes.length > 0)
    expect(withCodes).toHaveLength(1)
    const code = withCodes[0]?.body.recovery_codes[0]
    expect((await logIn('dora', codeOf(code))).status).toBe(200)
    expect((await add('dora')).added.recovery_codes).toEqual([])
  })

  it('that was lost is removed by an administrator, with the codes', async () => {
    const { device, added } = await add('emma')
    const { id } = (await send<{ id: string }>('GET', '/api/users/me', { as: 'emma' })).body
    const path = `/api/passkeys/${added.passkey.id}`
    for (const method of ['PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { name: 'Mine' } : own
      expect((await send(method, path, { as: 'finn', body })).status).toBe(404)
    }
    const all = `/api/passkeys?user_id=${id}`
    expect((await send('GET', all, { as: 'finn' })).status).toBe(403)
    expect((await send<Passkey[]>('GET', all)).body).toEqual([added.passkey])
    expect((await send('DELETE', path)).status).toBe(204)
    expect((await logIn('emma')).status).toBe(200)
    const other = await add('emma')
    expect((await send('DELETE', `/api/users/${id}/second_factor`)).status).toBe(204)
    expect((await logIn('emma', codeOf(other.added.recovery_codes[0]))).status).toBe(200)
    for (const each of [device, other.device]) expect((await logInWith(each)).status).toBe(401)
    const state = await send<SecondFactorState>('GET', '/api/second_factor', { as: 'emma' })
    expect(state.body.recovery_codes_left).toBe(0)
  })

  it('gets new recovery codes, like an app', async () => {
    const { added } = await add('gina')
    const renewed = await send<{ recovery_codes: string[] }>(
      'POST',
      '/api/second_factor/recovery_codes',
      { as: 'gina', body: own },
    )
    expect(renewed.status).toBe(200)
    expect((await logIn('gina', codeOf(added.recovery_codes[0]))).status).toBe(403)
    expect((await logIn('gina', codeOf(renewed.body.recovery_codes[0]))).status).toBe(200)
  })

  it('is one of at most twenty', async () => {
    for (let count = 0; count < 20; count++) await add('hans', `Number ${count}`)
    const late = await begin('hans')
    expect([late.status, late.code]).toEqual([409, 'too_many_passkeys'])
  })

  it('is removed with its account', async () => {
    const { device } = await add('ida')
    const { id } = (await send<{ id: string }>('GET', '/api/users/me', { as: 'ida' })).body
    expect((await send('DELETE', `/api/users/${id}`)).status).toBe(204)
    expect(await logInWith(device)).toMatchObject({ status: 401, code: 'passkey_unknown' })
  })

  it('survives a password reset, by its owner or an administrator', async () => {
    const { device } = await add('jane')
    const { id } = (await send<{ id: string }>('GET', '/api/users/me', { as: 'jane' })).body
    await send('PATCH', `/api/users/${id}`, { body: { password: 'another long password' } })
    expect((await logInWith(device)).status).toBe(200)
  })

  it('must be shown within five minutes', async () => {
    const { device } = await add('kim')
    const asked = await ask()
    clock.now += 5 * 60_000 + 1
    const late = await logInWith(device, asked)
    expect([late.status, late.code]).toEqual([403, 'passkey_challenge_expired'])
    expect((await logInWith(device)).status).toBe(200)
  })
})
