import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { invalid } from '../../../shared/problem.ts'
import type { NewPasskey } from '../../../shared/schemas/passkey.ts'
import { idToBytes } from '../../../shared/store/columns.ts'
import { toDisplayName } from '../directory/display-name.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import { challengeLife_ms } from './challenge.ts'
import type { RelyingParty } from './relying-party.ts'

type Row = UsersTables['passkeys']['$inferSelect']

/** What the authenticator made. */
export type Made = Pick<Row, 'credential_id' | 'public_key' | 'transports' | 'counter'>

// ES256, EdDSA and RS256: what authenticators have (RFC 9053, RFC 8812).
const algorithms = [-7, -8, -257]

/** By which a passkey says whose it is. It tells nothing else: WebAuthn section 5.4.3. */
export function toUserHandle(userId: string): string {
  return Buffer.from(idToBytes(userId)).toString('base64url')
}

/** By which a browser finds a passkey. */
export function toDescriptor({ credential_id: id, transports }: Row) {
  return { id, type: 'public-key', transports: transports.split(' ').filter(Boolean) }
}

/**
 * What the browser is asked for: WebAuthn section 5.4.
 * @param known passkeys there are: no device makes a second one
 */
export function toCreationOptions(
  { id }: RelyingParty,
  user: UserRow,
  { challenge, known }: { challenge: string; known: readonly Row[] },
) {
  return {
    rp: { name: 'Campus', id },
    user: { id: toUserHandle(user.id), name: user.username, displayName: toDisplayName(user) },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ alg, type: 'public-key' })),
    timeout: challengeLife_ms,
    attestation: 'none',
    excludeCredentials: known.map(toDescriptor),
    authenticatorSelection: {
      residentKey: 'required',
      // For browsers of before its name: WebAuthn section 5.4.4.
      requireResidentKey: true,
      userVerification: 'required',
    },
  }
}

/**
 * What was made for a challenge.
 * @throws 422 unless it was, on a page of ours, by somebody who unlocked the authenticator
 */
export async function verifyRegistration(
  response: NewPasskey['response'],
  { id: expectedRPID, origin: expectedOrigin }: RelyingParty,
  expectedChallenge: string,
): Promise<Made> {
  // Tens of megabytes, for those who need it.
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  try {
    const { registrationInfo: info } = await verifyRegistrationResponse({
      response: await toUnattested(response),
      expectedChallenge,
      expectedOrigin,
      expectedRPID,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    if (!info) throw new Error('It is not verified')
    const { id, publicKey, counter } = info.credential
    return {
      credential_id: id,
      public_key: Buffer.from(publicKey).toString('base64url'),
      transports: [...new Set(response.response.transports ?? [])].join(' '),
      counter,
    }
  } catch {
    throw invalid(
      [{ pointer: '#/response', detail: 'is not what was asked for. Begin again' }],
      'passkey_not_verified',
    )
  }
}

// None is asked for and none is believed, so none is looked into: its certificates may name
// addresses to ask whether they were revoked.
async function toUnattested({ id, type, response }: NewPasskey['response']) {
  const { decodeAttestationObject, isoBase64URL, isoCBOR } =
    await import('@simplewebauthn/server/helpers')
  const attested = isoBase64URL.toBuffer(response.attestationObject)
  const authData = decodeAttestationObject(attested).get('authData')
  const parts = new Map<string, string | Uint8Array | Map<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', authData],
  ])
  const attestationObject = isoBase64URL.fromBuffer(isoCBOR.encode(parts))
  return {
    id,
    rawId: id,
    type,
    response: { clientDataJSON: response.clientDataJSON, attestationObject },
    clientExtensionResults: {},
  } satisfies RegistrationResponseJSON
}
