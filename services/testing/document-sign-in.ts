import type { BegunSignIn, Identity } from '../../shared/schemas/identity-provider.ts'
import type { SecondFactorSecret } from '../../shared/schemas/second-factor.ts'
import type { Tokens, User } from '../../shared/schemas/user.ts'
import type { Extras } from './document-walk.ts'
import { providerSecret, startProvider, type Person } from './sign-in-provider.ts'
import { testPassword, type TestSystem } from './system.ts'
import { codeOf } from './authenticator-app.ts'

/** What is sent with what a provider says, and who is connected to it. */
export async function makeSignIns(system: TestSystem) {
  const provider = await startProvider()
  const { issuer } = provider
  const known = { issuer, client_id: 'campus', client_secret: providerSecret }
  const current_password = testPassword
  const send = async <T>(path: string, body?: object, as: string | null = 'admin') => {
    const answer = await system.send('POST', path, { as, ...(body && { body }) })
    return (answer.status === 204 ? {} : await answer.json()) as T
  }
  await send('/api/identity_providers', {
    id: 'walk',
    name: 'Walk',
    ...known,
    current_password,
    creates_accounts: true,
  })
  for (const username of ['sara', 'udo']) {
    const email = `${username}@test.example`
    await send('/api/users', { username, email, password: testPassword })
  }
  const comeBack = ({ url, flow }: BegunSignIn, person: Person) => ({
    provider_id: 'walk',
    flow,
    query: provider.authorize(url, person),
  })
  const begin = () => send<BegunSignIn>('/api/login/providers/walk', undefined, null)
  const connect = { provider_id: 'walk', current_password }
  const beginConnecting = (as: string) => send<BegunSignIn>('/api/identities', connect, as)
  const of = (name: string) => ({ sub: name, email: `${name}@example.org`, email_verified: true })
  const complete = (person: Person, flow: BegunSignIn) =>
    send<Tokens & { flow: string }>('/api/login/callback', comeBack(flow, person), null)

  await send('/api/identities/callback', comeBack(await beginConnecting('admin'), of('admin')))
  const { access_token } = await complete(of('rosa'), await begin())
  const headers = { authorization: `Bearer ${access_token}` }
  const rosa = (await (await system.send('GET', '/api/users/me', { headers })).json()) as User
  await send(
    '/api/identities/callback',
    comeBack(await beginConnecting('sara'), of('sara')),
    'sara',
  )
  const [own] = (await (await system.send('GET', '/api/identities')).json()) as Identity[]
  const beginAgain = await send<BegunSignIn>(`/api/identities/${own?.id}/confirm`)
  const again = { ...of('admin'), auth_time: Math.floor(Date.now() / 1000) }
  const { secret } = await send<SecondFactorSecret>(
    '/api/second_factor',
    { current_password },
    'sara',
  )
  const first = { code: codeOf(secret, -1) }
  await send('/api/second_factor/confirm', first, 'sara')
  const { flow } = await complete(of('sara'), await begin())
  const extras: Extras = {
    createIdentityProvider: { body: { id: 'acme', name: 'Acme', ...known, current_password } },
    completeSignIn: { as: null, body: comeBack(await begin(), of('tina')) },
    completeSignInWithCode: {
      as: null,
      // When it is sent: a walk on a busy machine takes longer than a code is good for.
      get body() {
        return { flow, code: codeOf(secret) }
      },
    },
    beginConnecting: { as: 'udo', body: connect },
    completeConnecting: { as: 'udo', body: comeBack(await beginConnecting('udo'), of('udo')) },
    confirmIdentity: { body: comeBack(beginAgain, again) },
    disconnectIdentity: { body: { current_password } },
  }
  return {
    extras,
    disconnects: `/api/identity_providers/walk/users/${rosa.id}`,
    close: provider.close,
  }
}
