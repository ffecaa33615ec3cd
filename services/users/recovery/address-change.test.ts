import { expect, it } from 'bun:test'
import type { BegunSignIn } from '../../../shared/schemas/identity-provider.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../../shared/testing/smtp.ts'
import { providerSecret, startProvider, type Person } from '../../testing/sign-in-provider.ts'
import { testPassword } from '../../testing/system.ts'
import { password, useRecovery } from './fixture.ts'

describeStores('an address', (makeDatabase) => {
  const { clock, system, smtp, call, post, join, logIn, forgot, set, move, confirm, refuse } =
    useRecovery(makeDatabase)
  const read = async (id: string) => (await call<User>('GET', `/api/users/${id}`)).body

  it('is changed by the new one, and the old one is notified', async () => {
    const { id, name, email } = await join()
    const fresh = `new-${email}`
    const body = { email: fresh, current_password: testPassword }
    const direct = await call<Problem>('PATCH', `/api/users/${id}`, { as: name, body })
    expect([direct.status, direct.body.code]).toEqual([409, 'address_unconfirmed'])
    expect((await move(name, fresh, 'a wrong password')).body.code).toBe('current_password_wrong')
    expect((await move(name, email)).body.code).toBe('address_verified')
    expect((await move(name, fresh)).status).toBe(204)
    expect((await smtp().take(email)).text).toContain(name)
    expect(await read(id)).toMatchObject({ email, email_verified: true })
    const token = tokenOf(await smtp().take(fresh))
    expect((await confirm(token)).status).toBe(204)
    expect((await confirm(token)).body.code).toBe('link_invalid')
    expect(await read(id)).toMatchObject({ email: fresh, email_verified: true })
    expect((await logIn(fresh, testPassword)).status).toBe(200)
  })

  it('is restored by its owner, which logs the intruder out', async () => {
    const { id, name, email } = await join()
    await move(name, 'thief1@test.example')
    const keep = tokenOf(await smtp().take(email))
    await confirm(tokenOf(await smtp().take('thief1@test.example')))
    // A second change does not remove the way back.
    await move(name, 'thief2@test.example')
    await confirm(tokenOf(await smtp().take('thief2@test.example')))
    const { body: thief } = await logIn(name, testPassword)
    const wish = { name: 'back door', scopes: ['manage'] }
    const { body: made } = await post<{ key: string }>('/api/api_keys', wish, name)
    await forgot('thief2@test.example')
    const theirs = tokenOf(await smtp().take('thief2@test.example'))
    expect((await refuse(keep)).body.username).toBe(name)
    expect((await refuse(keep)).body.code).toBe('link_invalid')
    expect(await read(id)).toMatchObject({ email, email_verified: true })
    expect((await set(theirs)).body.code).toBe('link_invalid')
    const headers = { authorization: `Bearer ${made.key}` }
    await system().refresh()
    expect((await call('GET', '/api/cars', { as: null, headers })).status).toBe(401)
    const { refresh_token } = thief
    expect((await post('/api/token/refresh', { refresh_token })).status).toBe(401)
    expect((await logIn(name, testPassword)).status).toBe(401)
    expect((await logIn(name, password)).status).toBe(200)
  })

  it('is restored without the providers connected since', async () => {
    await using provider = await startSignIns()
    const { name, email } = await join()
    const owner = { sub: 'owner', email, email_verified: true }
    expect(await provider.signIn('one', owner)).toBe(200)
    clock.now += 1000
    await move(name, 'thief3@test.example')
    const keep = tokenOf(await smtp().take(email))
    await confirm(tokenOf(await smtp().take('thief3@test.example')))
    clock.now += 1000
    const thief = { sub: 'thief', email: 'thief3@test.example', email_verified: true }
    expect(await provider.signIn('other', thief)).toBe(200)
    expect((await refuse(keep)).status).toBe(200)
    expect(await provider.signIn('other', thief)).toBe(403)
    expect(await provider.signIn('one', owner)).toBe(200)
  })

  /** A provider with two identities of one user, since each account has one. */
  async function startSignIns() {
    const provider = await startProvider()
    const { issuer } = provider
    for (const id of ['one', 'other']) {
      const known = { id, name: id, issuer, client_id: 'campus', client_secret: providerSecret }
      const body = { ...known, current_password: testPassword }
      expect((await post('/api/identity_providers', body, 'admin')).status).toBe(201)
    }
    return {
      signIn: async (provider_id: string, who: Person) => {
        const { body } = await post<BegunSignIn>(`/api/login/providers/${provider_id}`, {})
        const query = provider.authorize(body.url, who)
        return (await post('/api/login/callback', { provider_id, flow: body.flow, query })).status
      },
      [Symbol.asyncDispose]: () => provider.close(),
    }
  }

  it('is not restored to one that was never verified', async () => {
    const [name, typo] = ['typo', 'typo@test.example']
    await system().tokenOf(name)
    await smtp().take(typo)
    const before = smtp().mails.length
    await move(name, 'right@test.example')
    await smtp().take('right@test.example')
    await system().runTask('users: send mails')
    expect(
      smtp()
        .mails.slice(before)
        .flatMap(({ to }) => to),
    ).toEqual(['right@test.example'])
  })

  it('that was mistyped gives no access once it was corrected', async () => {
    const { name, email, id } = await join()
    await move(name, 'mistyped@test.example')
    const wrong = tokenOf(await smtp().take('mistyped@test.example'))
    await move(name, 'meant@test.example')
    const right = tokenOf(await smtp().take('meant@test.example'))
    expect((await confirm(wrong)).body.code).toBe('link_invalid')
    expect((await read(id)).email).toBe(email)
    expect((await confirm(right)).status).toBe(204)
  })

  it('with an account is revealed only to its reader', async () => {
    const [{ name }, other] = [await join(), await join()]
    const [taken, free] = [await move(name, other.email), await move(name, 'free@test.example')]
    expect(taken).toEqual(free)
    expect((await smtp().take(other.email)).subject).toBe('You already have an account')
    const late = tokenOf(await smtp().take('free@test.example'))
    const body = { email: 'free@test.example' }
    expect((await call('PATCH', `/api/users/${other.id}`, { body })).status).toBe(200)
    expect((await confirm(late)).body.code).toBe('email_taken')
  })

  it('of a sign-up is to be verified, by a mail that names nobody', async () => {
    await system().tokenOf('buy-now.evil.example')
    const mail = await smtp().take('buy-now.evil.example@test.example')
    expect(mail.subject).toBe('Confirm your email address')
    expect(mail.text).not.toContain('buy-now')
    await forgot('buy-now.evil.example@test.example')
    expect((await smtp().take('buy-now.evil.example@test.example')).text).not.toContain('buy-now')
  })
})
