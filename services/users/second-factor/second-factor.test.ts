import { afterAll, beforeAll, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type {
  RecoveryCodes,
  SecondFactorSecret,
  SecondFactorState,
} from '../../../shared/schemas/second-factor.ts'
import type { Tokens, User } from '../../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores, type TestDatabase } from '../../../shared/testing/describe-stores.ts'
import {
  startForTest,
  testPassword,
  type SendOptions,
  type TestSystem,
} from '../../testing/system.ts'
import { codeOf } from '../../testing/authenticator-app.ts'

const step_ms = 30_000
const own = { current_password: testPassword }

describeStores('a second factor', (makeDatabase) => {
  let database: TestDatabase
  let system: TestSystem
  let now = Date.parse('2027-03-01T09:00:00Z')
  const open = (environment: Record<string, string> = {}) =>
    startForTest(async () => ({ url: database.url, remove: async () => {} }), {
      clock: () => now,
      environment,
    })
  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    system = await open()
  }, 30_000)
  afterAll(async () => {
    await system.close()
    await database.remove()
  })

  type Options = SendOptions & { on?: TestSystem }
  async function send<T>(method: string, path: string, { on = system, ...options }: Options = {}) {
    const answer = await on.send(method, path, options)
    const body = (await answer.json().catch(() => ({}))) as T & Partial<Problem>
    return { status: answer.status, body, code: body.code }
  }
  const logIn = (username: string, code?: string, on = system) =>
    send<Tokens & Partial<SecondFactorSecret>>('POST', '/api/login', {
      as: null,
      body: { username, password: testPassword, ...(code && { code }) },
      on,
    })
  /** The codes of an app. */
  const shown = (secret: string, steps = 0) => codeOf(secret, steps, now)
  const wrong = (secret: string) => String((Number(shown(secret)) + 1) % 1e6).padStart(6, '0')
  const stateOf = async (as: string) =>
    (await send<SecondFactorState>('GET', '/api/second_factor', { as })).body

  async function turnOn(as: string) {
    await system.tokenOf(as)
    const begun = await send<SecondFactorSecret>('POST', '/api/second_factor', { as, body: own })
    expect(begun.status).toBe(200)
    const { secret } = begun.body
    const body = { code: shown(secret) }
    const on = await send<RecoveryCodes>('POST', '/api/second_factor/confirm', { as, body })
    expect(on.status).toBe(200)
    now += step_ms
    return { secret, codes: on.body.recovery_codes }
  }

  it('is required once its owner confirmed a code, and not before', async () => {
    await system.tokenOf('anna')
    expect(await stateOf('anna')).toEqual({
      on: false,
      passkeys: 0,
      required: false,
      recovery_codes_left: 0,
    })
    const begun = await send<SecondFactorSecret>('POST', '/api/second_factor', {
      as: 'anna',
      body: own,
    })
    const { secret, uri } = begun.body
    expect(uri).toMatch(/^otpauth:\/\/totp\/Campus:anna\?/)
    expect(uri).toContain(`secret=${secret}`)
    expect((await logIn('anna')).status).toBe(200)
    const confirm = (code: string) =>
      send('POST', '/api/second_factor/confirm', { as: 'anna', body: { code } })
    expect(await confirm(wrong(secret))).toMatchObject({ code: 'second_factor_code_wrong' })
    expect((await confirm(shown(secret))).status).toBe(200)
    expect(await stateOf('anna')).toEqual({
      on: true,
      passkeys: 0,
      required: false,
      recovery_codes_left: 10,
    })
    now += step_ms
    expect(await logIn('anna')).toMatchObject({ status: 401, code: 'second_factor_code_required' })
    expect(await logIn('anna', wrong(secret))).toMatchObject({ code: 'second_factor_code_wrong' })
    expect((await logIn('anna', shown(secret))).status).toBe(200)
  })

  it('reveals nothing without the password', async () => {
    const { secret } = await turnOn('bert')
    const guess = (code?: string) => ({
      as: null,
      body: { username: 'bert', password: 'a wrong guess', ...(code && { code }) },
    })
    for (const code of [undefined, shown(secret)]) {
      expect(await send('POST', '/api/login', guess(code))).toMatchObject({
        status: 401,
        code: 'credentials_wrong',
      })
    }
    expect((await logIn('bert', shown(secret))).status).toBe(200)
  })

  it('accepts each code once, even if four come at once', async () => {
    const { secret } = await turnOn('cleo')
    const code = shown(secret)
    const answers = await Promise.all(Array.from({ length: 4 }, () => logIn('cleo', code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    // An earlier, unused one is too late as well.
    expect((await logIn('cleo', shown(secret, -1))).status).toBe(403)
    expect((await logIn('cleo', shown(secret, 1))).status).toBe(200)
  })

  it('accepts codes of a clock half a minute off, but no more', async () => {
    const { secret } = await turnOn('dora')
    for (const steps of [-3, -2, 2, 3]) {
      expect((await logIn('dora', shown(secret, steps))).status).toBe(403)
    }
    const code = shown(secret, 1)
    expect((await logIn('dora', `${code.slice(0, 3)} ${code.slice(3)}`)).status).toBe(200)
  })

  it('accepts a recovery code instead, each once, however it is typed', async () => {
    const { codes } = await turnOn('emma')
    expect(codes).toHaveLength(10)
    const [first = '', second = ''] = codes
    expect((await logIn('emma', first)).status).toBe(200)
    expect((await logIn('emma', first)).status).toBe(403)
    expect((await logIn('emma', second.toUpperCase().replaceAll('-', ' '))).status).toBe(200)
    expect((await stateOf('emma')).recovery_codes_left).toBe(8)
    const path = '/api/second_factor/recovery_codes'
    const renewed = await send<RecoveryCodes>('POST', path, { as: 'emma', body: own })
    expect((await logIn('emma', codes[2])).status).toBe(403)
    expect((await logIn('emma', renewed.body.recovery_codes[0])).status).toBe(200)
    // Another user's is invalid.
    const { codes: others } = await turnOn('finn')
    expect((await logIn('emma', others[0])).status).toBe(403)
  })

  it('limits guesses, after which the right code must wait too', async () => {
    const { secret, codes } = await turnOn('gina')
    const answers: number[] = []
    for (let guess = 0; guess < 8; guess++) {
      answers.push((await logIn('gina', wrong(secret))).status)
      // The password alone grants no new guesses.
      await logIn('gina')
    }
    expect(answers.slice(0, 5)).toEqual([403, 403, 403, 403, 403])
    expect(answers.slice(5)).toEqual([429, 429, 429])
    expect((await logIn('gina', shown(secret))).status).toBe(429)
    expect((await logIn('gina', codes[0])).status).toBe(429)
    now += 20 * 60_000
    expect((await logIn('gina', shown(secret))).status).toBe(200)
  })

  it('is turned on, off and renewed with the password: a stolen token is not enough', async () => {
    await turnOn('hans')
    const no = { current_password: 'a wrong guess' }
    const tries = [
      ['POST', '/api/second_factor'],
      ['POST', '/api/second_factor/recovery_codes'],
      ['DELETE', '/api/second_factor'],
    ] as const
    for (const [method, path] of tries) {
      expect(await send(method, path, { as: 'hans', body: no })).toMatchObject({
        status: 403,
        code: 'current_password_wrong',
      })
    }
    expect(await send('POST', '/api/second_factor', { as: 'hans', body: own })).toMatchObject({
      status: 409,
      code: 'second_factor_on',
    })
    expect((await send('DELETE', '/api/second_factor', { as: 'hans', body: own })).status).toBe(204)
    expect((await logIn('hans')).status).toBe(200)
    expect(await stateOf('hans')).toEqual({
      on: false,
      passkeys: 0,
      required: false,
      recovery_codes_left: 0,
    })
  })

  it('that was lost is turned off by an administrator, and nobody else', async () => {
    await turnOn('ida')
    const { id } = (await send<User>('GET', '/api/users/me', { as: 'ida' })).body
    const path = `/api/users/${id}/second_factor`
    expect((await send('DELETE', path, { as: 'nora' })).status).toBe(403)
    expect((await send('DELETE', path)).status).toBe(204)
    expect((await send('DELETE', path)).status).toBe(404)
    expect((await logIn('ida')).status).toBe(200)
    // Their own requires their password, like everybody's: a stolen token has none.
    await turnOn('admin')
    const admin = (await send<User>('GET', '/api/users/me')).body
    expect((await send('DELETE', `/api/users/${admin.id}/second_factor`)).status).toBe(403)
    expect((await send('DELETE', '/api/second_factor', { body: own })).status).toBe(204)
  })

  it('is stored sealed and hashed, is in no log, and is removed with the account', async () => {
    const { secret, codes } = await turnOn('jane')
    await logIn('jane', codes[0])
    const stores = createStores()
    const { rows } = await stores.open(system.databaseUrlOf('users'))
    const read = async () => {
      const factors = await rows(sql`SELECT * FROM second_factors`)
      return JSON.stringify([factors, await rows(sql`SELECT * FROM recovery_codes`)])
    }
    const kept = await read()
    for (const each of [secret, ...codes, codes[1]?.replaceAll('-', '') ?? '']) {
      expect(kept).not.toContain(each)
      expect(system.logged()).not.toContain(each)
    }
    const { id } = (await send<User>('GET', '/api/users/me', { as: 'jane' })).body
    expect((await send('DELETE', `/api/users/${id}`, { as: 'jane', body: own })).status).toBe(204)
    expect((await read()).length).toBeLessThan(kept.length - 500)
    await stores.close()
  })

  it('is set up at the next login where it is required', async () => {
    await system.tokenOf('kim')
    const strict = await open({ SECOND_FACTOR: 'everybody' })
    const refused = await logIn('kim', undefined, strict)
    expect(refused).toMatchObject({ status: 401, code: 'second_factor_set_up_required' })
    const { secret = '', uri } = refused.body
    expect(uri).toContain(secret)
    expect((await logIn('kim', wrong(secret), strict)).status).toBe(403)
    const first = await logIn('kim', shown(secret), strict)
    expect(first.status).toBe(200)
    expect(first.body.recovery_codes).toHaveLength(10)
    now += step_ms
    expect((await logIn('kim', undefined, strict)).code).toBe('second_factor_code_required')
    const again = await logIn('kim', shown(secret), strict)
    expect([again.status, again.body.recovery_codes]).toEqual([200, undefined])
    const headers = { authorization: `Bearer ${again.body.access_token}` }
    const off = { as: null, headers, body: own, on: strict }
    expect(await send('DELETE', '/api/second_factor', off)).toMatchObject({ status: 409 })
    await strict.close()
  })

  it('may be required of administrators only', async () => {
    const strict = await open({ SECOND_FACTOR: 'administrators' })
    await system.tokenOf('lena')
    expect((await logIn('lena', undefined, strict)).status).toBe(200)
    expect((await logIn('admin', undefined, strict)).code).toBe('second_factor_set_up_required')
    await strict.close()
  })

  it("survives a rotation of the system's secret", async () => {
    const { secret } = await turnOn('mona')
    const before = 'a secret that is long enough for tests'
    const SECRET = 'another secret that is long enough'
    const rotated = await open({ SECRET, SECRET_PREVIOUS: before })
    await rotated.close()
    const later = await open({ SECRET })
    expect((await logIn('mona', shown(secret), later)).status).toBe(200)
    await later.close()
  })
})
