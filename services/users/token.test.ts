import { afterAll, beforeAll, expect, it } from 'bun:test'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import type { KeySet } from '../../shared/schemas/user.ts'
import { makeSqlite } from '../../shared/testing/describe-stores.ts'
import { startForTest, testEnvironment, type TestSystem } from '../testing/system.ts'

let system: TestSystem
let good: string
let keys: KeySet['keys']

beforeAll(async () => {
  system = await startForTest(makeSqlite)
  good = await system.tokenOf('admin')
  keys = ((await (await system.send('GET', '/.well-known/jwks.json')).json()) as KeySet).keys
})
afterAll(() => system.close())

/** What a token opens: the widest access there is. */
async function tryToken(authorization: string): Promise<number> {
  const answer = await system.send('GET', '/api/users', { as: null, headers: { authorization } })
  return answer.status
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as JWTPayload

it('a good token is accepted', async () => {
  expect(await tryToken(`Bearer ${good}`)).toBe(200)
  expect(await tryToken(`bearer ${good}`)).toBe(200)
})

it('no token with another character is accepted, wherever it is', async () => {
  for (let at = 0; at < good.length; at++) {
    const other = good[at] === 'A' ? 'B' : 'A'
    const token = good.slice(0, at) + other + good.slice(at + 1)
    expect([at, await tryToken(`Bearer ${token}`)]).toEqual([at, 401])
  }
  // The last character has bits that decoders ignore.
  const last = good.at(-1) ?? ''
  for (const other of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
    if (other === last) continue
    expect([other, await tryToken(`Bearer ${good.slice(0, -1)}${other}`)]).toEqual([other, 401])
  }
})

it('no token that is cut, doubled, or signed by nobody is accepted', async () => {
  const [header = '', payload = '', signature = ''] = good.split('.')
  const none = encode({ alg: 'none', typ: 'at+jwt' })
  const tokens = [
    '',
    '.',
    '..',
    header,
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `.${payload}.${signature}`,
    `${header}..${signature}`,
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${encode({ alg: 'NONE' })}.${payload}.`,
    `${header}.${payload}.${signature}.${signature}`,
    `${good},${good}`,
    ` ${good}`,
    `${good}=`,
    `${header}.${payload}.${signature}=`,
    `${header}.${payload}.${signature.split('').toReversed().join('')}`,
    'x'.repeat(1_000_000),
    `${header}.${'A'.repeat(1_000_000)}.${signature}`,
  ]
  for (const token of tokens) {
    expect([token.slice(0, 60), await tryToken(`Bearer ${token}`)]).toEqual([
      token.slice(0, 60),
      401,
    ])
  }
  for (const scheme of ['Basic', 'Token', 'Bearer:', '']) {
    expect([scheme, await tryToken(`${scheme} ${good}`)]).toEqual([scheme, 401])
  }
})

it('no token with a changed claim or header is accepted under the old signature', async () => {
  const [header = '', payload = '', signature = ''] = good.split('.')
  const claims = decode(payload)
  const changedClaims = [
    { sub: Bun.randomUUIDv7() },
    { role: 'admin', extra: true },
    { exp: 9_999_999_999 },
    { exp: '9999999999' },
    { aud: ['campus', 'other'] },
    { iss: 'other' },
    { sid: Bun.randomUUIDv7() },
  ].map((change) => encode({ ...claims, ...change }))
  const doubled = Buffer.from(JSON.stringify(claims).replace('{', '{"role":"admin",')).toString(
    'base64url',
  )
  for (const changed of [...changedClaims, doubled]) {
    expect(await tryToken(`Bearer ${header}.${changed}.${signature}`)).toBe(401)
  }
  for (const change of [{ kid: 'other' }, { alg: 'HS256' }, { typ: 'JWT' }, { crit: ['exp'] }]) {
    const changed = encode({ ...decode(header), ...change })
    expect(await tryToken(`Bearer ${changed}.${payload}.${signature}`)).toBe(401)
  }
})

it('no token of a key that is not ours is accepted, whatever it says', async () => {
  const own = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(own.publicKey)
  const [, payload = ''] = good.split('.')
  const claims = decode(payload)
  const [known] = keys
  const headers = [
    { alg: 'EdDSA', typ: 'at+jwt', kid: known?.kid ?? '' },
    { alg: 'EdDSA', typ: 'at+jwt', kid: '../../etc/passwd' },
    { alg: 'EdDSA', typ: 'at+jwt', jwk },
    { alg: 'EdDSA', typ: 'at+jwt', kid: known?.kid ?? '', jwk },
    { alg: 'EdDSA', typ: 'at+jwt', jku: 'http://127.0.0.1:1/keys' },
    { alg: 'EdDSA', typ: 'at+jwt', x5u: 'http://127.0.0.1:1/keys' },
    { alg: 'EdDSA', typ: 'at+jwt' },
  ]
  for (const header of headers) {
    const token = await new SignJWT(claims).setProtectedHeader(header).sign(own.privateKey)
    expect([header, await tryToken(`Bearer ${token}`)]).toEqual([header, 401])
  }
  // The public key, taken for a shared secret: the confusion of RFC 8725 section 2.1.
  const publicKeys = [known?.x ?? '', JSON.stringify(known), JSON.stringify(jwk)]
  for (const text of [...publicKeys, testEnvironment.SECRET, '']) {
    for (const secret of [Buffer.from(text), Buffer.from(text, 'base64url')]) {
      if (secret.length === 0) continue
      for (const typ of ['at+jwt', 'JWT', 'service+jwt']) {
        const token = await new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256', typ, kid: known?.kid ?? '' })
          .sign(secret)
        expect(await tryToken(`Bearer ${token}`)).toBe(401)
        const header = { as: null, headers: { 'x-service-token': token } }
        expect((await system.send('GET', '/api/users', header)).status).toBe(401)
      }
    }
  }
})

it('no refresh token and no service token is accepted for an access token', async () => {
  const body = { username: 'admin', password: testEnvironment.ADMIN_PASSWORD }
  const answer = await system.send('POST', '/api/login', { as: null, body })
  const { refresh_token } = (await answer.json()) as { refresh_token: string }
  expect(await tryToken(`Bearer ${refresh_token}`)).toBe(401)
  expect(await tryToken(`Bearer ${await system.signServiceToken()}`)).toBe(401)
})
