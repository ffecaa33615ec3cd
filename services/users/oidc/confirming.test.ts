import { expect, it, setDefaultTimeout } from 'bun:test'
import type {
  BegunSignIn,
  FreshSignIn,
  Identity,
} from '../../../shared/schemas/identity-provider.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import type { Person } from '../../testing/sign-in-provider.ts'
import { useOidc } from './fixture.ts'

setDefaultTimeout(60_000)

describeStores('an account that was made by a provider', (makeDatabase) => {
  const { acme, add, call, events, me, now, person, reasons, signIn, system, wait } =
    useOidc(makeDatabase)
  const nowInS = () => Math.floor(now() / 1000)

  /** Somebody who signed in, and what their browser sends. */
  async function arrive() {
    const who = person()
    const { body } = await signIn(who)
    const headers = { authorization: `Bearer ${body.access_token}` }
    const ask = <T>(method: string, path: string, sent?: object) =>
      call<T>(method, path, { as: null, headers, ...(sent && { body: sent }) })
    const user = await me(body)
    const [identity] = (await ask<Identity[]>('GET', '/api/identities')).body
    const begin = async () =>
      (await ask<BegunSignIn>('POST', `/api/identities/${identity?.id}/confirm`)).body
    const complete = ({ flow }: BegunSignIn, query: string, provider_id = 'acme') =>
      ask<FreshSignIn>('POST', '/api/identities/confirmations', { provider_id, flow, query })
    const confirm = async (again: Partial<Person> = { auth_time: nowInS() }) => {
      const begun = await begin()
      return complete(begun, acme().authorize(begun.url, { ...who, ...again }))
    }
    return { who, user, identity, ask, begin, complete, confirm, path: `/api/users/${user.id}` }
  }

  it('is removed, moved and given a password after signing in there again', async () => {
    const { ask, begin, confirm, path, user } = await arrive()
    const { url } = await begin()
    const asked = new URL(url).searchParams
    expect([asked.get('prompt'), asked.get('max_age')]).toEqual(['login', '0'])
    expect((await ask('DELETE', path, { current_password: '' })).code).toBe(
      'current_password_wrong',
    )
    const { status, body } = await confirm()
    expect([status, Object.keys(body)]).toEqual([200, ['proof', 'expires']])
    const current_password = body.proof
    const email = `new-${user.email}`
    expect((await ask('PATCH', path, { email, current_password })).status).toBe(200)
    const [told] = await events('identity_confirmed')
    expect(told).toMatchObject({ actor: user.id, user_id: user.id, detail: { provider: 'acme' } })
    expect(system().logged()).not.toContain(current_password)
  })

  it('turns on a second factor, begins a passkey and connects another provider so', async () => {
    const { ask, confirm, identity, path } = await arrive()
    await add('other', acme())
    const { proof: current_password } = (await confirm()).body
    const sent = { current_password }
    expect((await ask('POST', '/api/second_factor', sent)).status).toBe(200)
    expect((await ask('POST', '/api/passkeys/options', sent)).status).toBe(200)
    const other = { provider_id: 'other', ...sent }
    expect((await ask('POST', '/api/identities', other)).status).toBe(200)
    expect((await ask('DELETE', `/api/identities/${identity?.id}`, sent)).status).toBe(204)
    const password = 'a password of their own'
    expect((await ask('PATCH', path, { password, ...sent })).status).toBe(200)
    expect((await ask('DELETE', path, { current_password: password })).status).toBe(204)
    await call('DELETE', '/api/identity_providers/other')
  })

  it('needs more than a browser that is logged in there', async () => {
    const { confirm } = await arrive()
    const refused = [403, 'sign_in_not_renewed', 'not_again']
    for (const auth_time of [nowInS() - 3600, nowInS() - 120, undefined]) {
      const { status, code } = await confirm({ auth_time })
      expect([auth_time, [status, code, reasons()[0]]]).toEqual([auth_time, refused])
    }
    // No time at all.
    for (const auth_time of [String(nowInS()), true, null]) {
      expect((await confirm({ auth_time })).status).toBe(403)
    }
  })

  it('is confirmed by nobody else there, and by nobody else here', async () => {
    const [ida, jon] = [await arrive(), await arrive()]
    const auth_time = nowInS()
    const begun = await ida.begin()
    const asJon = acme().authorize(begun.url, { ...jon.who, auth_time })
    expect((await ida.complete(begun, asJon)).code).toBe('sign_in_refused')
    // Begun by her, brought back by him, each as who they are.
    const lured = await ida.begin()
    const query = acme().authorize(lured.url, { ...jon.who, auth_time })
    expect((await jon.complete(lured, query)).code).toBe('sign_in_refused')
    expect(reasons()[0]).toBe('other_subject')
    const ofIda = `/api/identities/${ida.identity?.id}/confirm`
    expect((await jon.ask('POST', ofIda)).status).toBe(404)
    // What is shown is hers alone.
    const { proof } = (await ida.confirm()).body
    const theft = await jon.ask('DELETE', jon.path, { current_password: proof })
    expect([theft.status, theft.code]).toEqual([403, 'current_password_wrong'])
    expect((await ida.ask<User>('GET', '/api/users/me')).body.id).toBe(ida.user.id)
  })

  it('is confirmed once by each return, and never by that of another purpose', async () => {
    const { ask, begin, complete, confirm, who } = await arrive()
    const begun = await begin()
    const query = acme().authorize(begun.url, { ...who, auth_time: nowInS() })
    const tries = await Promise.all(Array.from({ length: 5 }, () => complete(begun, query)))
    expect(tries.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400])
    const signInFlow = (await call<BegunSignIn>('POST', '/api/login/providers/acme', { as: null }))
      .body
    const ofSignIn = acme().authorize(signInFlow.url, { ...who, auth_time: nowInS() })
    expect((await complete(signInFlow, ofSignIn)).code).toBe('sign_in_invalid')
    const again = await begin()
    const body = {
      provider_id: 'acme',
      flow: again.flow,
      query: acme().authorize(again.url, { ...who, auth_time: nowInS() }),
    }
    expect((await call('POST', '/api/login/callback', { as: null, body })).status).toBe(400)
    expect((await ask('POST', '/api/identities/callback', body)).status).toBe(400)
    expect((await complete(again, body.query, 'nowhere')).status).toBe(400)
    expect((await confirm()).status).toBe(200)
  })

  it('shows it for five minutes; a made-up one is a wrong password', async () => {
    const { ask, confirm, path, user } = await arrive()
    const { proof } = (await confirm()).body
    const [id = '', expires = '', seal = ''] = proof.split('.')
    const later = String(Number(expires) + 3600_000)
    const forged = [`${id}.${later}.${seal}`, `${id}.${expires}.`, `${proof}x`, id, '']
    for (const current_password of forged) {
      expect((await ask('DELETE', path, { current_password })).status).toBe(403)
    }
    wait(5 * 60_000 + 1000)
    const late = await ask('DELETE', path, { current_password: proof })
    expect([late.status, late.code]).toEqual([403, 'current_password_wrong'])
    const wrong = await events('password_wrong')
    expect(wrong.filter(({ actor }) => actor === user.id).length).toBeGreaterThan(0)
    const { proof: fresh } = (await confirm({ auth_time: nowInS() })).body
    expect((await ask('DELETE', path, { current_password: fresh })).status).toBe(204)
    expect((await ask('GET', '/api/users/me')).status).not.toBe(500)
  })
})
