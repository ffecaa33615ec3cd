import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createSecret } from '../shared/host/secret.ts'
import { createServiceTokens, toServiceKey } from '../shared/host/service-token.ts'
import { makeSqlite } from '../shared/testing/describe-stores.ts'
import { partNames } from './index.ts'
import { startForTest, testEnvironment, type TestSystem } from './testing/system.ts'

const changes = '/api/ratings/changes'
const ended = '/api/logins/ended'

/** Another process: it signs with its own secret. */
function tokensOf(secret: string) {
  return createServiceTokens({
    secret: createSecret(secret),
    keys: undefined,
    callers: [],
    callees: [],
    clock: Date.now,
  })
}

async function ask(system: TestSystem, path: string, token: string): Promise<number> {
  const headers = { 'x-service-token': token }
  return (await system.send('GET', path, { as: null, headers })).status
}

describe('a service with a shared secret', () => {
  let system: TestSystem
  const { sign } = tokensOf(testEnvironment.SECRET)
  beforeAll(async () => {
    system = await startForTest(makeSqlite, { parts: ['users', 'ratings'] })
  })
  afterAll(() => system.close())

  it('may do what routes allow it, and nothing else', async () => {
    expect(await ask(system, changes, await sign('books', 'ratings'))).toBe(200)
    for (const other of partNames.filter((name) => name !== 'books')) {
      expect([other, await ask(system, changes, await sign(other, 'ratings'))]).toEqual([
        other,
        403,
      ])
    }
    // What members may do, a service may not: it passes their tokens on.
    const token = await sign('books', 'ratings')
    expect(await ask(system, '/api/ratings/1/mine', token)).toBe(403)
  })

  it('is accepted only by the audience of its token', async () => {
    expect(await ask(system, changes, await sign('books', 'files'))).toBe(401)
    expect(await ask(system, changes, await sign('books', 'campus'))).toBe(401)
  })

  it('is authenticated by its own key', async () => {
    expect(await ask(system, changes, await sign('intruder', 'ratings'))).toBe(401)
    const [head, , signature] = (await sign('users', 'ratings')).split('.')
    const [, claims] = (await sign('books', 'ratings')).split('.')
    expect(await ask(system, changes, `${head}.${claims}.${signature}`)).toBe(401)
    const own = await generateKeyPair('EdDSA', { extractable: true })
    const header = { alg: 'EdDSA', typ: 'service+jwt', kid: 'books' }
    const claim = { iss: 'campus', aud: 'ratings', sub: 'books', exp: 9_999_999_999 }
    for (const extra of [{}, { jwk: await exportJWK(own.publicKey) }]) {
      const forged = new SignJWT(claim).setProtectedHeader({ ...header, ...extra })
      const token = await forged.sign(own.privateKey)
      expect(await ask(system, changes, token)).toBe(401)
    }
  })

  it("is not accepted with its token in the users' header", async () => {
    const token = await sign('books', 'ratings')
    expect(await ask(system, changes, token)).toBe(200)
    for (const authorization of [token, `Bearer ${token}`]) {
      const answer = await system.send('GET', changes, { as: null, headers: { authorization } })
      expect(answer.status).toBe(401)
    }
  })
})

describe('a service with its own secret', () => {
  const secrets = new Map<string, string>(
    partNames.map((name) => [name, `the very own secret of the ${name} service`]),
  )
  const secretOf = (name: string) => secrets.get(name) ?? ''
  const SERVICE_KEYS = JSON.stringify(
    Object.fromEntries(
      [...secrets].map(([name, secret]) => [name, [toServiceKey(createSecret(secret), name)]]),
    ),
  )
  const start = (environment: Record<string, string>) =>
    startForTest(makeSqlite, { parts: ['users'], environment: { SERVICE_KEYS, ...environment } })

  it('is identified by its public key, and cannot act as another', async () => {
    const system = await start({ SECRET: secretOf('users') })
    const books = tokensOf(secretOf('books'))
    expect(await ask(system, ended, await books.sign('books', 'users'))).toBe(200)
    for (const other of ['gateway', 'users', 'ratings']) {
      expect(await ask(system, ended, await books.sign(other, 'users'))).toBe(401)
    }
    await system.close()
  })

  it('does not start with a secret unknown to the others', async () => {
    const wrong = start({ SECRET: secretOf('books') })
    await expect(wrong).rejects.toThrow('SERVICE_KEYS has no key of users')
    const nonsense = start({ SECRET: secretOf('users'), SERVICE_KEYS: '{"users":"key"}' })
    await expect(nonsense).rejects.toThrow('SERVICE_KEYS must be JSON')
  })
})
