import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { BegunSignIn } from '../../../shared/schemas/identity-provider.ts'
import type { Group } from '../../../shared/schemas/group.ts'
import type { Tokens, User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { logInThere, realProviderClient, startRealProvider } from '../../testing/real-provider.ts'
import { testPassword } from '../../testing/system.ts'
import { useSystem } from '../../testing/use-system.ts'

const home = 'http://127.0.0.1:3000'

describeStores('signing in by oidc-provider', (makeDatabase) => {
  const { call } = useSystem(makeDatabase)
  let provider: Awaited<ReturnType<typeof startRealProvider>>
  let group: string
  beforeAll(async () => {
    provider = await startRealProvider(home, 'real')
    group = (await call<Group>('POST', '/api/groups', { body: { name: 'Staff' } })).body.id
    const body = {
      id: 'real',
      name: 'Real',
      issuer: provider.issuer,
      ...realProviderClient,
      group_claim: 'groups',
      group_mappings: [{ value: 'staff', group_id: group }],
      creates_accounts: true,
      current_password: testPassword,
    }
    expect((await call('POST', '/api/identity_providers', { body })).status).toBe(201)
  })
  afterAll(() => provider.close())

  const begin = async () =>
    (await call<BegunSignIn>('POST', '/api/login/providers/real', { as: null })).body
  const complete = (flow: string, { search }: URL) =>
    call<Tokens>('POST', '/api/login/callback', {
      as: null,
      body: { provider_id: 'real', flow, query: search.slice(1) },
    })

  it("creates an account in the provider's groups, and finds it again", async () => {
    const first = await begin()
    const back = await logInThere(first.url, 'ada', home)
    expect(back.pathname).toBe('/oidc/real')
    const { status, body } = await complete(first.flow, back)
    expect(status).toBe(200)
    const headers = { authorization: `Bearer ${body.access_token}` }
    const me = await call<User>('GET', '/api/users/me', { as: null, headers })
    expect(me.body).toMatchObject({
      username: 'ada',
      display_name: 'ada of Real',
      email: 'ada@real.example',
      email_verified: true,
    })
    const members = await call<{ id: string }[]>('GET', `/api/groups/${group}/members`)
    expect(members.body.map(({ id }) => id)).toEqual([me.body.id])
    const again = await begin()
    const later = await complete(again.flow, await logInThere(again.url, 'ada', home))
    const asAda = { authorization: `Bearer ${later.body.access_token}` }
    const { body: same } = await call<User>('GET', '/api/users/me', { as: null, headers: asAda })
    expect(same.id).toBe(me.body.id)
    const there = await fetch(body.log_out_url ?? '')
    expect(there.status).toBe(200)
    // It redirects back only to a registered URI.
    expect(await there.text()).toContain('method="post"')
  })

  it('refuses a code that was used, or is another browser’s', async () => {
    const [mine, theirs] = [await begin(), await begin()]
    const back = await logInThere(mine.url, 'bob', home)
    expect((await complete(theirs.flow, back)).status).toBe(403)
    expect((await complete(mine.flow, back)).status).toBe(200)
    expect((await complete(mine.flow, back)).status).toBe(400)
    const fresh = await begin()
    const replayed = new URL(back)
    replayed.searchParams.set('state', new URL(fresh.url).searchParams.get('state') ?? '')
    expect((await complete(fresh.flow, replayed)).status).toBe(403)
  })
})
