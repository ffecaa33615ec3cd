import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { jwtVerify } from 'jose'
import { ProblemError } from '../problem.ts'
import { groupsPerUserMax } from '../schemas/group.ts'
import { Id } from '../schemas/primitive.ts'
import type { VerifyingKeys } from './verifying-keys.ts'

// What every token contains and every verifier requires: RFC 8725 section 3, RFC 9068 section 4.
export const tokenIssuer = 'campus'
export const tokenAudience = 'campus'
export const accessToken = { algorithm: 'EdDSA', type: 'at+jwt', life_s: 600 } as const

// Synchronised clocks differ by less.
const clockSkewMax_ms = 30_000

// Ours have about 500 characters, and 52 more per group; longer ones are not parsed.
const tokenLengthMax = 4000

const AccessClaims = Type.Object({
  sub: Id,
  role: Type.Union([Type.Literal('member'), Type.Literal('admin')]),
  email: Type.String({ maxLength: 254 }),
  /** The token's login; when it ends, so does the token. */
  sid: Id,
  /** The groups the user is in, by id; left out when there are none. */
  groups: Type.Optional(Type.Array(Id, { maxItems: groupsPerUserMax })),
  /** The generation of the claims; left out while it is 0. */
  gen: Type.Optional(Type.Integer({ minimum: 1 })),
  aud: Type.Literal(tokenAudience),
  exp: Type.Integer(),
})
export type AccessClaims = Static<typeof AccessClaims>

/**
 * Makes the verifier of access tokens.
 * @param clock now, in milliseconds since 1970
 * @returns a function that returns the claims of a token; it throws 401 when the token is invalid
 *   or expired, 503 when there are no keys yet
 */
export function createAccessVerifier(keys: VerifyingKeys, clock: () => number) {
  return async (token: string): Promise<AccessClaims> => {
    requireForm(token)
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: [accessToken.algorithm],
      typ: accessToken.type,
      issuer: tokenIssuer,
      audience: tokenAudience,
      currentDate: new Date(clock()),
      requiredClaims: ['exp', 'sub', 'sid'],
    }).catch(refuse)
    if (!Value.Check(AccessClaims, payload)) throw invalidToken()
    // Lifetimes are fixed, so this one was issued by a clock that is ahead, and would live too
    // long.
    if (payload.exp * 1000 > clock() + accessToken.life_s * 1000 + clockSkewMax_ms) {
      throw invalidToken()
    }
    return payload
  }
}

/** 401 with the challenge of RFC 6750 section 3. */
export function invalidToken(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'token_invalid',
    detail: 'The token is invalid or has expired. Refresh it, or log in again.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}

/**
 * Decoders ignore spare bits at the end of base64url: only the canonical form is accepted.
 * @throws 401 for any other form, and for a token longer than ours can be
 */
export function requireForm(token: string): void {
  const [, , signature = ''] = token.split('.')
  const canonical = Buffer.from(signature, 'base64url').toString('base64url')
  if (token.length > tokenLengthMax || signature !== canonical) throw invalidToken()
}

function refuse(error: unknown): never {
  throw error instanceof ProblemError ? error : invalidToken()
}
