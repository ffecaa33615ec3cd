import { expect, it } from 'bun:test'
import { createSecret } from '../../shared/host/secret.ts'
import { createServiceTokens } from '../../shared/host/service-token.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { startForTest, testEnvironment, type SendOptions } from '../testing/system.ts'

const before = testEnvironment.SECRET
const after = 'another secret that is long enough for tests'

describeStores('a rotated secret', (makeDatabase) => {
  it('ends no login, loses no signing key, and signs nothing more', async () => {
    const database = await makeDatabase({ migrated: true })
    const start = (environment: Record<string, string>) =>
      startForTest(async () => ({ ...database, remove: async () => {} }), { environment })
    const body = { username: 'admin', password: testEnvironment.ADMIN_PASSWORD }
    const readTokens = async (answer: Promise<Response>) => (await (await answer).json()) as Tokens

    const old = await start({})
    const first = await readTokens(old.send('POST', '/api/login', { as: null, body }))
    await old.close()

    const both = await start({ SECRET: after, SECRET_PREVIOUS: before })
    const headers = { authorization: `Bearer ${first.access_token}` }
    expect((await both.send('GET', '/api/users/me', { as: null, headers })).status).toBe(200)
    const refresh: SendOptions = { as: null, body: { refresh_token: first.refresh_token } }
    const second = await readTokens(both.send('POST', '/api/token/refresh', refresh))
    await both.close()

    // The former secret can be removed: nothing stored is sealed with it.
    const last = await start({ SECRET: after })
    const again: SendOptions = { as: null, body: { refresh_token: second.refresh_token } }
    expect((await last.send('POST', '/api/token/refresh', again)).status).toBe(200)
    expect((await last.send('POST', '/api/token/refresh', refresh)).status).toBe(401)
    await last.close()
    await database.remove()
  }, 60_000)
})

it('the former secret verifies, but signs nothing', async () => {
  const options = { keys: undefined, callers: ['books'], callees: ['users'], clock: Date.now }
  const tokensOf = (text: string, previous?: string) =>
    createServiceTokens({ ...options, secret: createSecret(text, previous) })
  const old = await tokensOf(before).sign('books', 'users')
  expect(await tokensOf(after, before).verify(old)).toMatchObject({ caller: 'books' })
  expect(tokensOf(after).verify(old)).rejects.toThrow()
  const renewed = await tokensOf(after, before).sign('books', 'users')
  expect(tokensOf(before).verify(renewed)).rejects.toThrow()

  const sealedBy = (text: string, previous?: string) =>
    createSealedTokens(createSecret(text, previous), 'links')
  const sealed = sealedBy(before).write(['a', 'b'])
  expect(sealedBy(after, before).read(sealed)).toEqual(['a', 'b'])
  expect(sealedBy(after).read(sealed)).toBeUndefined()
  expect(sealedBy(before).read(sealedBy(after, before).write(['a']))).toBeUndefined()
  expect(createSealedTokens(createSecret(before), 'others').read(sealed)).toBeUndefined()
  expect(sealedBy(before).read('')).toBeUndefined()
})
