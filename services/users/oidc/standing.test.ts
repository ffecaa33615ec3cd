import { expect, it } from 'bun:test'
import type { IdentityProvider } from '../../../shared/schemas/identity-provider.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { beginByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { providerSecret } from '../../testing/sign-in-provider.ts'
import { testPassword } from '../../testing/system.ts'
import { useOidc } from './fixture.ts'

const providers = '/api/identity_providers'

// A provider can authenticate as anybody.
describeStores('a provider, by an administrator being demoted', (makeDatabase) => {
  const { acme, call, me, person, signIn, system } = useOidc(makeDatabase)

  it('is neither created, changed nor removed', async () => {
    const known = await me((await signIn(person())).body)
    const { body: ida } = await call<User>('GET', '/api/users/me', { as: 'ida' })
    await call('PATCH', `/api/users/${ida.id}`, { body: { role: 'admin' } })
    await system().refresh()
    await call('GET', '/api/users/me', { as: 'ida' })
    const headers = { authorization: `Bearer ${await system().tokenOf('ida')}` }
    const before = await call<IdentityProvider[]>('GET', providers, { as: null, headers })
    expect(before.status).toBe(200)
    const own = { current_password: testPassword }
    const evil = {
      id: 'evil',
      name: 'Evil',
      issuer: acme().issuer,
      client_id: 'campus',
      client_secret: providerSecret,
      ...own,
    }
    const all: [string, string, object?][] = [
      ['POST', providers, evil],
      ['PATCH', `${providers}/acme`, { ...own, client_id: 'evil' }],
      ['PATCH', `${providers}/acme`, { name: 'Evil' }],
      ['DELETE', `${providers}/acme`],
      ['DELETE', `${providers}/acme/users/${known.id}`],
    ]
    // The provider is contacted and the password verified before anything is written.
    const commit = await beginByHand(
      system().databaseUrlOf('users'),
      `UPDATE users SET role = 'member' WHERE username_key = 'ida'`,
    )
    const asked = all.map(([method, path, body]) =>
      call(method, path, { as: null, headers, ...(body && { body }) }),
    )
    // All of them have passed the first check, and wait for that commit.
    await Bun.sleep(1000)
    await commit()
    const answers = await Promise.all(asked)
    expect(answers.map(({ status }) => status)).toEqual(all.map(() => 401))
    expect((await call<IdentityProvider[]>('GET', providers)).body).toEqual(before.body)
    const { status } = await call('DELETE', `${providers}/acme/users/${known.id}`)
    expect(status).toBe(204)
  })
})
