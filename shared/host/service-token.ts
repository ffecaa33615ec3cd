import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { Secret } from './secret.ts'
import { invalidToken, requireForm, tokenIssuer } from './token.ts'

// A type of its own, so that neither kind of token is ever taken for the other: RFC 8725 section 3.
const serviceToken = { algorithm: 'EdDSA', type: 'service+jwt', life_s: 60 } as const

/**
 * The public keys of services by name, Ed25519 in base64url (the `x` of RFC 8037 section 2): the
 * current one and, during a rotation of secrets, the previous one.
 */
const ServiceKeys = Type.Record(
  Type.String(),
  Type.Array(Type.String({ pattern: '^[\\w-]{43}$' }), { minItems: 1, maxItems: 2 }),
)
export type ServiceKeys = Static<typeof ServiceKeys>

export interface ServiceTokenOptions {
  secret: Secret
  /** For processes with a secret each; undefined: all share one, and know all keys. */
  keys: ServiceKeys | undefined
  /** The names of all who may call. */
  callers: readonly string[]
  /** The services of this process: tokens for others are not accepted. */
  callees: readonly string[]
  /** Now, in milliseconds since 1970. */
  clock: () => number
}

export interface ServiceTokens {
  /** A token for one callee, valid for at least another half minute. */
  sign: (caller: string, callee: string) => Promise<string>
  /** @throws 401 unless a service signed it, for one of ours, less than a minute ago */
  verify: (token: string) => Promise<{ caller: string; expires_ms: number }>
}

/**
 * Makes and verifies the tokens that authenticate services to each other. Each service signs with
 * its own key, which is derived from the secret of its process.
 */
export function createServiceTokens(options: ServiceTokenOptions): ServiceTokens {
  const { secret, keys, callers, callees, clock } = options
  const made = new Map<string, { token: string; renewAt_ms: number }>()
  const publicKeys = new Map<string, KeyObject[]>()

  async function sign(caller: string, callee: string): Promise<string> {
    const last = made.get(`${caller} ${callee}`)
    if (last && clock() < last.renewAt_ms) return last.token
    const now_s = Math.floor(clock() / 1000)
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: serviceToken.algorithm, typ: serviceToken.type, kid: caller })
      .setIssuer(tokenIssuer)
      .setAudience(callee)
      .setSubject(caller)
      .setIssuedAt(now_s)
      .setExpirationTime(now_s + serviceToken.life_s)
      .sign(toPrivateKey(secret.key(purposeOf(caller))))
    const renewAt_ms = (now_s + serviceToken.life_s / 2) * 1000
    made.set(`${caller} ${callee}`, { token, renewAt_ms })
    return token
  }

  function findKeys(caller: string): KeyObject[] {
    if (!callers.includes(caller)) return []
    const known = publicKeys.get(caller)
    if (known) return known
    const found = keys
      ? (keys[caller] ?? []).map((x) => toPublicKey(x))
      : secret.keys(purposeOf(caller)).map((seed) => createPublicKey(toPrivateKey(seed)))
    publicKeys.set(caller, found)
    return found
  }

  async function verifyWith(key: KeyObject, token: string, caller: string) {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [serviceToken.algorithm],
      typ: serviceToken.type,
      issuer: tokenIssuer,
      audience: [...callees],
      subject: caller,
      currentDate: new Date(clock()),
      requiredClaims: ['exp', 'sub'],
    })
    return { caller, expires_ms: Number(payload.exp) * 1000 }
  }

  async function verify(token: string) {
    requireForm(token)
    const caller = readKeyId(token)
    for (const key of findKeys(caller)) {
      const verified = await verifyWith(key, token, caller).catch(() => undefined)
      if (verified) return verified
    }
    throw invalidToken()
  }

  return { sign, verify }
}

/**
 * Reads `SERVICE_KEYS`.
 * @throws Error that says what it must be
 */
export function readServiceKeys(text: string): ServiceKeys {
  const keys = parse(text)
  if (Value.Check(ServiceKeys, keys)) return keys
  throw new Error('SERVICE_KEYS must be JSON: {"users": ["<public key>"], …}. See: bun run secrets')
}

/** The public key of a service whose process has this secret, as `SERVICE_KEYS` wants it. */
export function toServiceKey(secret: Secret, service: string): string {
  const key = createPublicKey(toPrivateKey(secret.key(purposeOf(service))))
  return key.export({ format: 'jwk' }).x ?? ''
}

const purposeOf = (service: string) => `service ${service}`

// RFC 8410 section 7: what PKCS #8 has before the 32 bytes of an Ed25519 key.
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')

function toPrivateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([pkcs8Head, seed]),
    format: 'der',
    type: 'pkcs8',
  })
}

function toPublicKey(x: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

function readKeyId(token: string): string {
  try {
    return decodeProtectedHeader(token).kid ?? ''
  } catch {
    throw invalidToken()
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
