import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { SecurityEvent } from '../../../shared/schemas/security-event.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { listenForTest } from '../../../shared/testing/listen.ts'
import { createAuthenticator, type Differences } from './testing/authenticator.ts'
import { origin, usePasskeys } from './fixture.ts'

describeStores('a passkey under attack', (makeDatabase) => {
  const { clock, system, open, send, begin, add, ask, logIn, logInWith } = usePasskeys(makeDatabase)

  const refusals = async () => {
    const query = 'kind=passkey_refused&limit=200'
    const { body } = await send<SecurityEvent[]>('GET', `/api/security_events?${query}`)
    return body.map(({ detail }) => detail?.['reason'])
  }
  async function readRows(query: string): Promise<string> {
    const stores = createStores()
    const { rows } = await stores.open(system().databaseUrlOf('users'))
    const found = await rows(sql.raw(query))
    await stores.close()
    return JSON.stringify(found)
  }

  it('logs in once per response, even if ten copies come at once', async () => {
    const { device } = await add('anna')
    const { token, options } = await ask()
    const body = { token, response: device.get(options) }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send('POST', '/api/login/passkey', { as: null, body })),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 401)).toHaveLength(9)
    // Nor does a response to an earlier, unused challenge.
    const [early, late] = [await ask(), await ask()]
    expect((await logInWith(device, late)).status).toBe(200)
    expect((await logInWith(device, early)).code).toBe('passkey_refused')
    expect(await refusals()).toContain('used')
  })

  it('is accepted only in the correct form', async () => {
    const { device } = await add('bert')
    const wrong: Differences[] = [
      { origin: 'https://campus.test.example.evil.example' },
      { origin: 'http://campus.test.example' },
      { origin: `${origin}:8443` },
      { rpId: 'evil.example' },
      { rpId: 'test.example' },
      { challenge: 'AAAA' },
      { type: 'webauthn.create' },
      { isVerified: false },
      { userHandle: '' },
      { userHandle: Buffer.alloc(16).toString('base64url') },
    ]
    for (const each of wrong) {
      const { status, code } = await logInWith(device, undefined, each)
      expect([each, status, code]).toEqual([each, 401, 'passkey_refused'])
    }
    expect((await logInWith(device)).status).toBe(200)
  })

  it('that counts backwards is refused and logged', async () => {
    const { device } = await add('cleo')
    expect((await logInWith(device, undefined, { counter: 41 })).status).toBe(200)
    for (const counter of [41, 7, 0]) {
      const { status, code } = await logInWith(device, undefined, { counter })
      expect([counter, status, code]).toEqual([counter, 401, 'passkey_refused'])
    }
    expect(await refusals()).toContain('counter')
    expect((await logInWith(device, undefined, { counter: 2 ** 32 - 1 })).status).toBe(200)
  })

  it("is not accepted with another's signature, nor with a forged token", async () => {
    const [{ device }, { device: other }] = [await add('dora'), await add('emma')]
    const { token, options } = await ask()
    const forged = { ...other.get(options), id: device.id }
    const post = (body: object) => send('POST', '/api/login/passkey', { as: null, body })
    expect((await post({ token, response: forged })).code).toBe('passkey_refused')
    const mine = token.replace(/^[^.]+/, Buffer.alloc(32).toString('base64url'))
    const body = { token: mine, response: device.get(options) }
    expect((await post(body)).code).toBe('passkey_challenge_expired')
    // A challenge issued to another user, for another purpose.
    const refused = await logIn('emma')
    const second = refused.body.passkey ?? { token: '', options: {} }
    const passkey = { token: second.token, response: device.get(second.options) }
    expect((await logIn('emma', { passkey })).code).toBe('passkey_unknown')
    expect((await logIn('dora', { passkey })).code).toBe('passkey_challenge_expired')
    expect((await post(passkey)).code).toBe('passkey_challenge_expired')
    const begun = await begin('dora')
    const added = { token: begun.token, response: device.get(begun.options) }
    expect((await post(added)).code).toBe('passkey_challenge_expired')
  })

  it('is neither added nor removed with a stolen token', async () => {
    const { added } = await add('finn')
    const path = `/api/passkeys/${added.passkey.id}`
    const no = { current_password: 'a wrong guess' }
    for (const [method, to] of [
      ['POST', '/api/passkeys/options'],
      ['DELETE', path],
    ] as const) {
      const wrong = await send(method, to, { as: 'finn', body: no })
      expect([to, wrong.status, wrong.code]).toEqual([to, 403, 'current_password_wrong'])
    }
    expect((await send('DELETE', path, { as: 'finn' })).status).toBe(403)
    // By what the thief began, and by one password twice.
    const theirs = await begin('gina')
    expect((await theirs.finish('Mine', {}, { as: 'finn' })).code).toBe('passkey_challenge_expired')
    const [mine, again] = [createAuthenticator(origin), createAuthenticator(origin)]
    const { token, options } = await begin('finn')
    const post = (device: typeof mine) => {
      const body = { token, name: 'x', response: device.create(options) }
      return send('POST', '/api/passkeys', { as: 'finn', body })
    }
    expect((await post(mine)).status).toBe(201)
    expect((await post(again)).code).toBe('passkey_challenge_expired')
  })

  it('is added only as requested', async () => {
    const wrong: Differences[] = [
      { origin: 'https://evil.example' },
      { rpId: 'evil.example' },
      { challenge: 'AAAA' },
      { type: 'webauthn.get' },
      { isVerified: false },
    ]
    for (const each of wrong) {
      const answer = await (await begin('hans')).finish('x', each)
      expect([each, answer.status, answer.code]).toEqual([each, 422, 'passkey_not_verified'])
    }
    const { token, options, device } = await begin('hans')
    const made = device.create(options)
    const nested = Buffer.from(new Uint8Array(5000).fill(0x81)).toString('base64url')
    for (const attestationObject of [
      '',
      'AAAA',
      nested,
      made.response.attestationObject.slice(9),
    ]) {
      const response = { ...made, response: { ...made.response, attestationObject } }
      const body = { token, name: 'x', response }
      expect((await send('POST', '/api/passkeys', { as: 'hans', body })).status).toBe(422)
    }
    // Another user's passkey is no second factor.
    const { device: known } = await add('ida')
    expect((await (await begin('hans', known)).finish()).code).toBe('passkey_known')
  })

  it('is requested by strangers without a trace, and reveals nothing', async () => {
    await add('jane')
    const rowsOf = () =>
      readRows(`SELECT (SELECT count(*) FROM passkeys) AS passkeys,
        (SELECT count(*) FROM login_attempts) AS attempts, (SELECT count(*) FROM logins) AS logins`)
    const before = await rowsOf()
    const { challenge: _, ...first } = (await ask()).options
    expect(first).not.toHaveProperty('allowCredentials')
    const tokens = new Set<string>()
    for (let round = 0; round < 100; round++) {
      const asked = await Promise.all(Array.from({ length: 100 }, () => ask()))
      for (const { token, options } of asked) {
        tokens.add(token)
        const { challenge: _, ...same } = options
        expect(same).toEqual(first)
      }
    }
    expect(tokens.size).toBe(10_000)
    expect(await rowsOf()).toBe(before)
  })

  it('that is guessed counts as a failed login, by network', async () => {
    const { device } = await add('kim')
    const limits = { LOGIN_LIMIT_PER_MINUTE: '2', TRUSTED_PROXIES: '127.0.0.0/8' }
    const limited = await open(limits)
    const url = listenForTest(limited.app)
    const logInFrom = async (address: string, known = false) => {
      clock.now++
      const { token, options } = await ask(limited)
      const body = { token, response: (known ? device : createAuthenticator(origin)).get(options) }
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': address }
      const request = { method: 'POST', headers, body: JSON.stringify(body) }
      return (await fetch(`${url}/api/login/passkey`, request)).status
    }
    const guesses = []
    for (let guess = 0; guess < 3; guess++) guesses.push(await logInFrom('192.0.2.1'))
    expect(guesses).toEqual([401, 401, 429])
    expect(await logInFrom('192.0.2.1', true)).toBe(429)
    expect(await logInFrom('198.51.100.1', true)).toBe(200)
    await limited.close()
  })

  it('of a disabled account lets nobody in', async () => {
    const { device } = await add('mona')
    const { id } = (await send<{ id: string }>('GET', '/api/users/me', { as: 'mona' })).body
    const disable = (disabled: boolean) => send('PATCH', `/api/users/${id}`, { body: { disabled } })
    expect((await disable(true)).status).toBe(200)
    const refused = await logInWith(device)
    expect([refused.status, refused.code]).toEqual([403, 'account_disabled'])
    await disable(false)
    expect((await logInWith(device)).status).toBe(200)
  })

  it('keeps its limits against SQL by hand', async () => {
    const { device } = await add('lena')
    const url = system().databaseUrlOf('users')
    const isSqlite = url.startsWith('sqlite')
    const copy = (n: number) => `INSERT INTO passkeys SELECT ${
      isSqlite ? `randomblob(16)` : 'gen_random_uuid()'
    }, user_id, name, 'copy ${n}', public_key, transports, counter, challenged, created, last_used
      FROM passkeys WHERE credential_id = '${device.id}'`
    for (let n = 1; n < 20; n++) await changeByHand(url, copy(n))
    expect(await changeByHand(url, copy(20)).catch(String)).toContain('too_many_passkeys')
    const isIt = `WHERE credential_id = '${device.id}'`
    for (const change of ["credential_id = 'x'", "public_key = 'x'"]) {
      const moved = changeByHand(url, `UPDATE passkeys SET ${change} ${isIt}`)
      expect(await moved.catch(String)).toContain('passkey_kept')
    }
    expect((await logInWith(device)).status).toBe(200)
  })
})
