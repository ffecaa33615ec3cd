import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { createRemoteJWKSet, customFetch, errors, jwtVerify, SignJWT } from 'jose'
import { ProblemError, unavailable } from './problem.ts'
import { Id } from './schemas/primitive.ts'
import type { Secret } from './secret.ts'

// What every token says and every verifier insists on: RFC 8725 section 3, RFC 9068 section 4.
export const tokenIssuer = 'campus'
export const tokenAudience = 'campus'
export const accessToken = { algorithm: 'EdDSA', type: 'at+jwt', life_s: 600 } as const
const serviceToken = { algorithm: 'HS256', type: 'service+jwt', life_s: 60 } as const

// Machines that keep time differ by less.
const clockSkewMax_ms = 30_000

// Ours have about 500 characters; nothing longer is worth a look.
const tokenLengthMax = 2000

const AccessClaims = Type.Object({
  sub: Id,
  role: Type.Union([Type.Literal('member'), Type.Literal('admin')]),
  email: Type.String({ maxLength: 254 }),
  /** The login the token belongs to; when that ends, so does the token. */
  sid: Id,
  aud: Type.Literal(tokenAudience),
  exp: Type.Integer(),
})
export type AccessClaims = Static<typeof AccessClaims>

/** Gives the public keys of users as a JWKS (RFC 7517 section 5). */
export type FetchKeys = () => Promise<Response>

/**
 * Makes the verifier of access tokens. Keys are fetched when a token names one that is not known,
 * at most every 5 s.
 * @param clock now, in milliseconds since 1970
 */
export function createAccessVerifier(fetchKeys: FetchKeys, clock: () => number) {
  const keys = createRemoteJWKSet(new URL('http://users/jwks'), {
    [customFetch]: fetchKeys,
    cooldownDuration: 5000,
    cacheMaxAge: Infinity, // known keys serve while users is away
  })
  const findKey = async (...named: Parameters<typeof keys>) => {
    try {
      return await keys(...named)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error
      throw unavailable('keys_unavailable', 'Tokens cannot be checked now. Repeat.', error)
    }
  }

  /**
   * @returns what the token claims
   * @throws 401 when it is not ours, not valid, or no longer; 503 when there are no keys yet
   */
  async function verify(token: string): Promise<AccessClaims> {
    requireForm(token)
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: [accessToken.algorithm],
      typ: accessToken.type,
      issuer: tokenIssuer,
      audience: tokenAudience,
      currentDate: new Date(clock()),
      requiredClaims: ['exp', 'sub', 'sid'],
    }).catch(refuse)
    if (!Value.Check(AccessClaims, payload)) throw invalidToken()
    // It ends a fixed time after it was issued, so this one was issued in the future: by a clock
    // that is ahead. It would live longer than it should.
    if (payload.exp * 1000 > clock() + accessToken.life_s * 1000 + clockSkewMax_ms) {
      throw invalidToken()
    }
    return payload
  }

  return { verify, reloadKeys: () => keys.reload() }
}

/** Makes and verifies the tokens by which one service proves itself to another. */
export function createServiceTokens(secret: Secret, clock: () => number) {
  const key = secret.key('service token')
  const made = new Map<string, { token: string; renewAt_ms: number }>()

  /** A token of the named service, good for at least half a minute. */
  async function sign(service: string): Promise<string> {
    const last = made.get(service)
    if (last && clock() < last.renewAt_ms) return last.token
    const now_s = Math.floor(clock() / 1000)
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: serviceToken.algorithm, typ: serviceToken.type })
      .setIssuer(tokenIssuer)
      .setAudience(tokenAudience)
      .setSubject(service)
      .setIssuedAt(now_s)
      .setExpirationTime(now_s + serviceToken.life_s)
      .sign(key)
    made.set(service, { token, renewAt_ms: (now_s + serviceToken.life_s / 2) * 1000 })
    return token
  }

  /** @throws 401 when the token was not made with our secret, or is too old */
  async function verify(token: string): Promise<{ sub: string; exp: number }> {
    requireForm(token)
    const { payload } = await jwtVerify(token, key, {
      algorithms: [serviceToken.algorithm],
      typ: serviceToken.type,
      issuer: tokenIssuer,
      audience: tokenAudience,
      currentDate: new Date(clock()),
      requiredClaims: ['exp', 'sub'],
    }).catch(refuse)
    return { sub: String(payload.sub), exp: Number(payload.exp) }
  }

  return { sign, verify }
}

export type ServiceTokens = ReturnType<typeof createServiceTokens>

/** 401 with the challenge of RFC 6750 section 3. */
export function invalidToken(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'token_invalid',
    detail: 'The token is not valid, or no longer. Refresh it, or log in again.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}

// Base64url leaves bits over at the end that decoders ignore: only the one right spelling counts.
function requireForm(token: string): void {
  const [, , signature = ''] = token.split('.')
  const canonical = Buffer.from(signature, 'base64url').toString('base64url')
  if (token.length > tokenLengthMax || signature !== canonical) throw invalidToken()
}

function refuse(error: unknown): never {
  throw error instanceof ProblemError ? error : invalidToken()
}
