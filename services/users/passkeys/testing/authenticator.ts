import { generateKeyPairSync, hash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type { NewPasskey, PasskeyProof } from '../../../../shared/schemas/passkey.ts'

/** The part of a browser's options that an authenticator needs. */
interface Options {
  challenge?: unknown
  user?: unknown
  rp?: unknown
  rpId?: unknown
}

/** Deviations from a correct browser and authenticator. */
export interface Differences {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  isVerified?: boolean
  counter?: number
  userHandle?: string
}

const [isPresent, isVerified, hasCredential] = [0x01, 0x04, 0x40]
const sha256 = (data: string | Uint8Array) => hash('sha256', data, 'buffer')

/** A software authenticator with ES256 (RFC 9053), and its browser. */
export function createAuthenticator(origin: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = randomBytes(32)
  const id = credentialId.toString('base64url')
  let userHandle = ''
  let counter = 0

  const clientData = (type: string, challenge: unknown, differences: Differences) =>
    JSON.stringify({
      type: differences.type ?? type,
      challenge: differences.challenge ?? challenge,
      origin: differences.origin ?? origin,
      crossOrigin: false,
    })

  function authData(rpId: string, differences: Differences, rest = Buffer.alloc(0)): Buffer {
    const head = Buffer.alloc(5)
    const verified = (differences.isVerified ?? true) ? isVerified : 0
    head.writeUInt8(isPresent | verified | (rest.length > 0 ? hasCredential : 0))
    head.writeUInt32BE(differences.counter ?? ++counter, 1)
    return Buffer.concat([sha256(differences.rpId ?? rpId), head, rest])
  }

  return {
    id,
    /** `navigator.credentials.create()`. */
    create: (options: Options, differences: Differences = {}): NewPasskey['response'] => {
      userHandle = (options.user as { id: string }).id
      const length = Buffer.from([credentialId.length >> 8, credentialId.length & 0xff])
      const made = Buffer.concat([Buffer.alloc(16), length, credentialId, toCose(publicKey)])
      const attested = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        [
          'authData',
          new Uint8Array(authData((options.rp as { id: string }).id, differences, made)),
        ],
      ])
      return {
        id,
        type: 'public-key',
        response: {
          clientDataJSON: Buffer.from(
            clientData('webauthn.create', options.challenge, differences),
          ).toString('base64url'),
          attestationObject: Buffer.from(isoCBOR.encode(attested as never)).toString('base64url'),
          transports: ['internal'],
        },
      }
    },
    /** `navigator.credentials.get()`. */
    get: (options: Options, differences: Differences = {}): PasskeyProof['response'] => {
      const client = clientData('webauthn.get', options.challenge, differences)
      const data = authData(String(options.rpId), differences)
      const signed = Buffer.concat([data, sha256(client)])
      return {
        id,
        type: 'public-key',
        response: {
          clientDataJSON: Buffer.from(client).toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: sign('sha256', signed, privateKey).toString('base64url'),
          userHandle: differences.userHandle ?? userHandle,
        },
      }
    },
  }
}

export type Authenticator = ReturnType<typeof createAuthenticator>

// An elliptic curve key: RFC 9053 section 7.1.1.
function toCose(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const toBytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))
  const parts = new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, toBytes(x)],
    [-3, toBytes(y)],
  ])
  return Buffer.from(isoCBOR.encode(parts as never))
}
