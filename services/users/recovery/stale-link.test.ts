import { afterAll, beforeAll, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { PasskeyCreation, PasskeyRequest } from '../../../shared/schemas/passkey.ts'
import type { RecoveryCodes, SecondFactorSecret } from '../../../shared/schemas/second-factor.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../../shared/testing/smtp.ts'
import { slowHashes, testPassword } from '../../testing/system.ts'
import { publicUrl, useMail } from '../mail/fixture.ts'
import { createAuthenticator } from '../passkeys/testing/authenticator.ts'
import { codeOf } from '../../testing/authenticator-app.ts'

const own = { current_password: testPassword }

// An account may change between the request and its link.
describeStores('a link for an account that changed', (makeDatabase) => {
  const stores = createStores()
  let store: Store
  const { clock, system, smtp } = useMail(makeDatabase, {}, slowHashes)
  beforeAll(async () => {
    store = await stores.open(system().databaseUrlOf('users'))
  })
  afterAll(() => stores.close())

  const post = (path: string, body: object, as: string | null = null) =>
    system().send('POST', path, { as, body })
  async function idOf(name: string) {
    await system().tokenOf(name)
    const me = await system().send('GET', '/api/users/me', { as: name })
    return ((await me.json()) as User).id
  }
  async function join(name: string) {
    await system().tokenOf(name)
    const email = `${name}@test.example`
    const token = tokenOf(await smtp().take(email))
    expect((await post('/api/address_changes/confirm', { token })).status).toBe(204)
    return email
  }

  it('is not created for someone with the former password', async () => {
    for (let round = 0; round < 6; round++) {
      const name = `anna${round}`
      const id = await idOf(name)
      const body = { password: 'seven blue lanterns' }
      const change = system().send('PATCH', `/api/users/${id}`, { body })
      const moves = Array.from({ length: 4 }, async (_, at) => {
        await Bun.sleep(at * 2 + (round % 3))
        const email = `thief${round}.${at}@test.example`
        await post('/api/address_changes', { email, ...own }, name)
      })
      expect((await change).status).toBe(200)
      await Promise.all(moves)
      const left = await store.rows(sql`SELECT email FROM confirmations WHERE purpose = 'address'`)
      expect(left).toEqual([])
    }
  }, 120_000)

  it('sets no password if it was sent to another address', async () => {
    const email = await join('bert')
    await post('/api/password_resets', { email })
    const token = tokenOf(await smtp().take(email))
    await store.atomically([
      sql`UPDATE confirmations SET email = 'before@test.example' WHERE purpose = 'password'`,
    ])
    const body = { token, password: 'seven blue lanterns' }
    expect((await post('/api/password_resets/complete', body)).status).toBe(404)
  })

  it.each([
    ['ends a second factor that was turned on since', 'cleo', true],
    ['leaves one that was on before', 'dora', false],
  ] as const)('%s', async (_, name, isThiefs) => {
    const email = await join(name)
    const turnOn = async () => {
      clock.now += 1000
      const begun = await post('/api/second_factor', own, name)
      const { secret } = (await begun.json()) as SecondFactorSecret
      const code = codeOf(secret, 0, clock.now)
      const confirmed = await post('/api/second_factor/confirm', { code }, name)
      expect(((await confirmed.json()) as RecoveryCodes).recovery_codes).toHaveLength(10)
      clock.now += 1000
    }
    if (!isThiefs) await turnOn()
    await post('/api/address_changes', { email: `thief.${name}@test.example`, ...own }, name)
    const token = tokenOf(await smtp().take(email))
    if (isThiefs) await turnOn()
    const password = 'seven blue lanterns'
    expect((await post('/api/address_changes/refuse', { token, password })).status).toBe(200)
    expect((await post('/api/login', { username: name, password })).status).toBe(
      isThiefs ? 200 : 401,
    )
  })

  it('ends a passkey added since, and its recovery codes', async () => {
    const email = await join('emma')
    await post('/api/address_changes', { email: 'thief.emma@test.example', ...own }, 'emma')
    const token = tokenOf(await smtp().take(email))
    clock.now += 1000
    const device = createAuthenticator(publicUrl)
    const begun = await post('/api/passkeys/options', own, 'emma')
    const made = (await begun.json()) as PasskeyCreation
    const passkey = { token: made.token, name: 'Theirs', response: device.create(made.options) }
    expect((await post('/api/passkeys', passkey, 'emma')).status).toBe(201)
    const password = 'seven blue lanterns'
    expect((await post('/api/address_changes/refuse', { token, password })).status).toBe(200)
    clock.now += 1000
    const asked = await post('/api/login/passkey/options', {})
    const request = (await asked.json()) as PasskeyRequest
    const shown = { token: request.token, response: device.get(request.options) }
    expect((await post('/api/login/passkey', shown)).status).toBe(401)
    expect((await post('/api/login', { username: 'emma', password })).status).toBe(200)
  })
})
