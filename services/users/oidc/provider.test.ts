import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { Group } from '../../../shared/schemas/group.ts'
import type { IdentityProvider } from '../../../shared/schemas/identity-provider.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startProvider } from '../../testing/sign-in-provider.ts'
import { testPassword } from '../../testing/system.ts'
import { useOidc } from './fixture.ts'

const own = { current_password: testPassword }

describeStores('sign-in providers', (makeDatabase) => {
  const { acme, add, begin, call, events, person, signIn, system } = useOidc(makeDatabase)
  const providers = '/api/identity_providers'
  const known = () => ({
    id: 'other',
    name: 'Other',
    issuer: acme().issuer,
    client_id: 'campus',
    client_secret: 'a client secret that is kept sealed',
    ...own,
  })
  const tryAdd = (more: object) =>
    call<IdentityProvider>('POST', providers, { body: { ...known(), ...more } })

  it('show what to register with them, and never their secret', async () => {
    const { status, body } = await tryAdd({})
    expect(status).toBe(201)
    expect(body).toEqual({
      id: 'other',
      name: 'Other',
      issuer: acme().issuer,
      client_id: 'campus',
      scopes: ['email', 'profile'],
      group_claim: null,
      group_mappings: [],
      creates_accounts: false,
      asks_second_factor: false,
      redirect_uri: 'http://127.0.0.1:3000/oidc/other',
      log_out_uri: 'http://127.0.0.1:3000/sign-in',
      created: expect.any(String),
    })
    const stores = createStores()
    const { rows } = await stores.open(system().databaseUrlOf('users'))
    const kept = JSON.stringify(await rows(sql`SELECT * FROM identity_providers`))
    await stores.close()
    expect(kept).toContain('other')
    expect(kept).not.toContain('client secret')
    expect((await tryAdd({})).code).toBe('identity_provider_taken')
    expect((await call('DELETE', `${providers}/other`)).status).toBe(204)
  })

  it('are refused if nothing responds as the named issuer', async () => {
    const refuses = async (issuer: string) => {
      const { status, body } = await tryAdd({ issuer })
      return [status, body.errors?.[0]?.detail]
    }
    const { port } = new URL(acme().issuer)
    const [, other] = await refuses(`http://localhost:${port}`)
    expect(other).toContain('another issuer')
    expect(await refuses('http://login.acme.example')).toEqual([
      422,
      'It must begin with https://.',
    ])
    expect((await refuses('https://127.0.0.1:9'))[1]).toContain('unreachable')
    expect((await refuses(`${acme().issuer}/.well-known/openid-configuration`))[0]).toBe(422)
    const odd = await startProvider()
    const replies: [unknown, string][] = [
      [{ authorization_endpoint: 'javascript:alert(1)' }, 'address_not_allowed'],
      [{ end_session_endpoint: 'javascript:alert(1)' }, 'address_not_allowed'],
      [{ token_endpoint: 'http://10.0.0.1/token' }, 'address_not_allowed'],
      [{ jwks_uri: undefined }, 'address_not_allowed'],
    ]
    for (const [members, reason] of replies) {
      odd.fail({ discovery: (document) => ({ ...document, ...(members as object) }) })
      expect((await refuses(odd.issuer))[1]).toContain(reason)
    }
    // Nor to where it would respond correctly.
    let asked = 0
    const elsewhere = `${odd.issuer}/.well-known/elsewhere`
    odd.fail({
      discovery: (document) => (asked++ === 0 ? Response.redirect(elsewhere) : document),
    })
    expect((await refuses(odd.issuer))[0]).toBe(422)
    odd.fail({ discovery: () => new Response(' '.repeat(50e6)) })
    expect((await refuses(odd.issuer))[1]).toContain('answer_too_large')
    await odd.close()
    expect(acme().seen).not.toContain('/token')
  })

  it('are changed completely, in the version that was read', async () => {
    const group = (await call<Group>('POST', '/api/groups', { body: { name: 'Crew' } })).body.id
    const path = `${providers}/acme`
    const mappings = [
      { value: 'b', group_id: group },
      { value: 'a', role: 'admin' },
    ]
    const body = { ...own, name: 'Acme staff', group_mappings: mappings, client_secret: 'another' }
    const changed = await call<IdentityProvider>('PATCH', path, { body })
    expect(changed.body).toMatchObject({
      name: 'Acme staff',
      group_mappings: mappings.toReversed(),
    })
    const stale = { body: { name: 'Late' }, headers: { 'if-match': '"v1"' } }
    expect((await call('PATCH', path, stale)).status).toBe(412)
    const nowhere = [{ value: 'b', group_id: '01a1fe45-0000-7000-8000-000000000000' }]
    const refused = await call('PATCH', path, { body: { ...own, group_mappings: nowhere } })
    expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([422, '#/group_mappings'])
    expect((await call('PATCH', path, { body: { issuer: 'https://evil.example' } })).status).toBe(
      422,
    )
    // The mapping of a removed group is removed.
    await call('DELETE', `/api/groups/${group}`)
    const after = await call<IdentityProvider>('GET', path)
    expect(after.body.group_mappings).toEqual([{ value: 'a', role: 'admin' }])
    // The new secret is wrong: codes are no longer accepted.
    expect((await signIn(person())).code).toBe('sign_in_refused')
    const { client_secret } = known()
    await call('PATCH', path, { body: { ...own, client_secret, group_mappings: [] } })
    expect((await signIn(person())).status).toBe(200)
    const [event] = await events('provider_changed')
    expect(event?.detail).toEqual({ provider: 'acme', fields: ['client_secret', 'group_mappings'] })
  })

  it("need more than an administrator's token", async () => {
    const codesOf = async (current_password?: string) => {
      const more = { ...(current_password !== undefined && { current_password }) }
      const { current_password: _, ...plain } = known()
      const answers = [
        await call('POST', providers, { body: { ...plain, id: 'evil', ...more } }),
        await call('PATCH', `${providers}/acme`, { body: { client_id: 'evil', ...more } }),
        await call('PATCH', `${providers}/acme`, { body: { asks_second_factor: true, ...more } }),
      ]
      return answers.map(({ status, code }) => [status, code])
    }
    const refused = Array.from({ length: 3 }, () => [403, 'current_password_wrong'])
    expect(await codesOf()).toEqual(refused)
    expect(await codesOf('a wrong guess')).toEqual(refused)
    const { body } = await call<IdentityProvider[]>('GET', providers)
    expect(body.map(({ id, client_id }) => [id, client_id])).toEqual([['acme', 'campus']])
    const [wrong] = await events('password_wrong')
    expect(wrong).toBeDefined()
    // A name is no credential.
    expect((await call('PATCH', `${providers}/acme`, { body: { name: 'Acme' } })).status).toBe(200)
  })

  it('keep their issuer and identities, even by hand', async () => {
    await signIn(person())
    const url = system().databaseUrlOf('users')
    const move = `UPDATE identity_providers SET issuer = 'https://evil.example'`
    expect(await changeByHand(url, move).catch(String)).toContain('issuer_changed')
    const steal = `UPDATE identities SET subject = 'of somebody else'`
    expect(await changeByHand(url, steal).catch(String)).toContain('identity_moved')
  })

  it('are removed with their identities, but no account', async () => {
    const brief = await startProvider()
    await add('brief', brief, { creates_accounts: true })
    const { status } = await call('DELETE', `${providers}/brief`)
    expect(status).toBe(204)
    expect((await begin('brief')).url).toBeUndefined()
    expect((await call('POST', '/api/login/providers/brief', { as: null })).status).toBe(404)
    await brief.close()
  })

  it('are discovered once for all sign-ins, and not again while unavailable', async () => {
    const shy = await startProvider()
    await add('shy', shy)
    const asked = () => shy.seen.filter((path) => path.startsWith('/.well-known')).length
    const before = asked()
    await Promise.all(Array.from({ length: 20 }, () => begin('shy')))
    expect(asked() - before).toBe(1)
    await call('PATCH', `${providers}/shy`, { body: { name: 'Shy' } })
    shy.fail({ discovery: () => new Response(null, { status: 500 }) })
    const press = () => call('POST', '/api/login/providers/shy', { as: null })
    const answers = await Promise.all(Array.from({ length: 20 }, press))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    expect(asked() - before).toBe(2)
    await shy.close()
  })
})

describeStores('sign-in providers where accounts are closed', (makeDatabase) => {
  const { person, signIn } = useOidc(makeDatabase, { SIGN_UP: 'closed' })
  it('create none', async () => {
    expect((await signIn(person())).code).toBe('account_missing')
  })
})

describeStores('sign-in providers where accounts are for a domain', (makeDatabase) => {
  const { person, signIn } = useOidc(makeDatabase, {
    SIGN_UP: 'domain',
    SIGN_UP_DOMAINS: 'acme.example',
  })
  it('create them for that domain', async () => {
    const other = person({ email: 'somebody@notacme.example' })
    expect((await signIn(other)).code).toBe('account_missing')
    expect((await signIn(person())).status).toBe(200)
  })
})
