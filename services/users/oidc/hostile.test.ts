import { expect, it } from 'bun:test'
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import type { BegunSignIn } from '../../../shared/schemas/identity-provider.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { testPassword } from '../../testing/system.ts'
import { startProvider, type Faults } from '../../testing/sign-in-provider.ts'
import { useOidc } from './fixture.ts'

describeStores('hostile sign-ins', (makeDatabase) => {
  const tools = useOidc(makeDatabase)
  const { acme, add, begin, call, complete, me, person } = tools
  const { reasons, refuses, signIn, system, wait } = tools

  const now_s = () => Math.floor(Date.now() / 1000)
  const compared = [403, 'sign_in_refused', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED']

  it('with a token of another issuer, for another client, or of another sign-in', async () => {
    expect(await refuses({ claims: (it) => ({ ...it, iss: 'https://evil.example' }) })).toEqual(
      compared,
    )
    expect(await refuses({ claims: (it) => ({ ...it, aud: 'another' }) })).toEqual(compared)
    expect(await refuses({ claims: (it) => ({ ...it, nonce: 'another' }) })).toEqual(compared)
    const { nonce: _, ...rest } = { nonce: '' }
    expect((await refuses({ claims: ({ nonce: _nonce, ...it }) => ({ ...it, ...rest }) }))[0]).toBe(
      403,
    )
  })

  it('with a token that expired, or is from the future', async () => {
    const refused = [403, 'sign_in_refused', 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED']
    const expired = { claims: (it: object) => ({ ...it, iat: now_s() - 900, exp: now_s() - 600 }) }
    expect(await refuses(expired)).toEqual(refused)
    expect(await refuses({ claims: (it) => ({ ...it, nbf: now_s() + 900 }) })).toEqual(refused)
  })

  it('with a token that is unsigned, or signed by another key', async () => {
    const none = await refuses({ idToken: (claims) => new UnsecuredJWT(claims).encode() })
    expect(none.slice(0, 2)).toEqual([403, 'sign_in_refused'])
    // Not even if the provider itself offers it.
    acme().fail({})
    const lax = await startProvider()
    const algorithms = { id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'] }
    lax.fail({ discovery: (document) => ({ ...document, ...algorithms }) })
    await add('lax', lax, { creates_accounts: true })
    const signAt = async (idToken: NonNullable<Faults['idToken']>) => {
      lax.fail({ idToken })
      const { url, flow } = await begin('lax')
      return complete(flow, lax.authorize(url, person()), 'lax')
    }
    expect((await signAt((claims) => new UnsecuredJWT(claims).encode())).status).toBe(403)
    const hmac = new TextEncoder().encode('a client secret that is kept sealed')
    const keyed = (claims: object) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(hmac)
    expect((await signAt(keyed)).status).toBe(403)
    await lax.close()
    const { privateKey } = await generateKeyPair('RS256')
    const forged = await refuses({
      idToken: (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey),
    })
    expect(forged.slice(0, 2)).toEqual([403, 'sign_in_refused'])
  })

  it('with a used, mismatched or forged state, code or flow', async () => {
    const who = person()
    const { url, flow } = await begin()
    const query = acme().authorize(url, who)
    const other = await begin()
    // A code obtained elsewhere: the state is not this browser's.
    expect((await complete(other.flow, query)).code).toBe('sign_in_refused')
    expect((await complete(flow, query)).status).toBe(200)
    expect(await complete(flow, query)).toMatchObject({ status: 400, code: 'sign_in_invalid' })
    // The code alone, with a valid flow and state.
    const third = await begin()
    const replayed = new URLSearchParams(query)
    replayed.set('state', new URL(third.url).searchParams.get('state') ?? '')
    expect((await complete(third.flow, replayed.toString())).code).toBe('sign_in_refused')
    expect((await complete(`${flow}x`, query)).code).toBe('sign_in_invalid')
    expect((await complete('a.b.c.d.e', query)).code).toBe('sign_in_invalid')
    const fourth = await begin()
    expect((await complete(fourth.flow, `${query}&code=again`)).status).toBe(403)
  })

  it('with an expired flow', async () => {
    const { url, flow } = await begin()
    const query = acme().authorize(url, person())
    wait(10 * 60_000)
    expect((await complete(flow, query)).code).toBe('sign_in_invalid')
  })

  it('many times at once: one succeeds', async () => {
    const { url, flow } = await begin()
    const query = acme().authorize(url, person())
    const answers = await Promise.all(Array.from({ length: 5 }, () => complete(flow, query)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400])
  })

  it("on a callback that a user was lured to, without this browser's flow", async () => {
    const { url } = await begin()
    const query = acme().authorize(url, person())
    const body = { provider_id: 'acme', query }
    expect((await call('POST', '/api/login/callback', { as: null, body })).status).toBe(422)
    // A flow for connecting is not one for signing in, or vice versa.
    const own = { provider_id: 'acme', current_password: testPassword }
    const begun = (await call<BegunSignIn>('POST', '/api/identities', { as: 'ida', body: own }))
      .body
    const returned = {
      provider_id: 'acme',
      flow: begun.flow,
      query: acme().authorize(begun.url, person()),
    }
    const asLogin = await call('POST', '/api/login/callback', { as: null, body: returned })
    expect(asLogin.code).toBe('sign_in_invalid')
    // Nor does it connect the account of another logged-in user.
    const asJan = await call('POST', '/api/identities/callback', { as: 'jan', body: returned })
    expect(asJan.status).toBe(403)
    expect((await call('GET', '/api/identities', { as: 'jan' })).body).toEqual([] as never)
  })

  it('with the code of one provider at the callback of another', async () => {
    const evil = await startProvider()
    await add('evil', evil, { creates_accounts: true })
    const at = await begin('evil')
    const victim = person()
    // The browser was sent to Acme, which returns it to its own redirect URI.
    const query = acme().authorize((await begin()).url, victim)
    expect(await complete(at.flow, query, 'acme')).toMatchObject({ code: 'sign_in_invalid' })
    // With a shared one, RFC 9207 helps: `iss` is another's, and the code is not sent to evil.
    const state = new URL(at.url).searchParams.get('state') ?? ''
    const mixed = new URLSearchParams(query)
    mixed.set('state', state)
    evil.seen.length = 0
    expect((await complete(at.flow, mixed.toString(), 'evil')).code).toBe('sign_in_refused')
    expect(evil.seen).not.toContain('/token')
    const missing = await begin()
    const bare = new URLSearchParams(acme().authorize(missing.url, victim))
    bare.delete('iss')
    expect((await complete(missing.flow, bare.toString())).code).toBe('sign_in_refused')
    // The same subject at another provider is another user.
    const mine = await signIn(victim)
    const again = await begin('evil')
    const theirs = { ...victim, email: 'evil@evil.example' }
    const there = await complete(again.flow, evil.authorize(again.url, theirs), 'evil')
    expect((await me(there.body)).id).not.toBe((await me(mine.body)).id)
    await evil.close()
  })

  it('with a subject that user info contradicts', async () => {
    const { email: _, ...silent } = person()
    const told = { ...silent, sub: 'another', email: 'admin@test.example', email_verified: true }
    expect((await refuses({ userinfo: () => told }, silent))[1]).toBe('sign_in_refused')
    const right = { ...told, sub: silent.sub, email: 'told@acme.example' }
    acme().fail({ userinfo: () => right })
    expect((await me((await signIn(silent)).body)).email).toBe('told@acme.example')
    acme().fail({})
  })

  it('where the provider is down, slow, endless or redirects', async () => {
    const away = (reason: string) => [503, 'provider_unavailable', reason]
    const failing = (body: string | ReadableStream, status = 200) => ({
      token: () => new Response(body, { status, headers: { 'content-type': 'application/json' } }),
    })
    expect(await refuses(failing('down', 502))).toEqual(away('OAUTH_RESPONSE_IS_NOT_CONFORM'))
    expect(await refuses(failing(' '.repeat(50e6)))).toEqual(away('answer_too_large'))
    const endless = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536)) })
    expect(await refuses(failing(endless))).toEqual(away('answer_too_large'))
    const led = { token: () => Response.redirect('http://127.0.0.1:9/token', 302) }
    expect((await refuses(led))[0]).toBe(503)
    const waits = new Promise<Response>(() => {})
    expect(await refuses({ token: () => waits })).toEqual(away('OAUTH_TIMEOUT'))
    const gone = await startProvider()
    await add('gone', gone)
    // Its metadata is cached; the callback reports it unavailable.
    const { flow, url } = await begin('gone')
    await gone.close()
    const answer = await complete(flow, gone.authorize(url, person()), 'gone')
    expect([answer.status, answer.code]).toEqual([503, 'provider_unavailable'])
  }, 30_000)

  it('with an error instead of a code', async () => {
    const { url, flow } = await begin()
    const state = new URL(url).searchParams.get('state') ?? ''
    const said = { error: 'access_denied', error_description: 'anna@acme.example', state }
    const query = new URLSearchParams({ ...said, iss: acme().issuer }).toString()
    expect((await complete(flow, query)).code).toBe('sign_in_refused')
    expect(reasons()[0]).toBe('access_denied')
  })

  it('leaves no address, code, token or secret in the log', async () => {
    const who = person({ email: 'very.private@acme.example' })
    const { url, flow } = await begin()
    const query = acme().authorize(url, who)
    const { body } = await complete(flow, query)
    const code = new URLSearchParams(query).get('code') ?? ''
    const kept = [who.email ?? '', code, flow, body.access_token, 'a client secret that is kept']
    for (const each of kept) expect(system().logged()).not.toContain(each)
  })
})
