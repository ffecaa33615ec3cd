import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { invalid } from '../../../shared/problem.ts'
import type { NewPasskey } from '../../../shared/schemas/passkey.ts'
import { idToBytes } from '@campus/store/encoding.ts'
import { toDisplayName } from '../directory/display-name.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import { challengeLife_ms } from './challenge.ts'
import type { RelyingParty } from './relying-party.ts'
import { loadWebAuthn } from './webauthn.ts'

type Row = UsersTables['passkeys']['$inferSelect']

/** The authenticator's response. */
export type Made = Pick<Row, 'credential_id' | 'public_key' | 'transports' | 'counter'>

// ES256, EdDSA and RS256, which authenticators support (RFC 9053, RFC 8812).
const algorithms = [-7, -8, -257]

/** The user handle in a passkey. It must not reveal anything else: WebAuthn section 5.4.3. */
export function toUserHandle(userId: string): string {
  return Buffer.from(idToBytes(userId)).toString('base64url')
}

/** How a browser finds a passkey. */
export function toDescriptor({ credential_id: id, transports }: Row) {
  return { id, type: 'public-key', transports: transports.split(' ').filter(Boolean) }
}

/**
 * The request to the browser: WebAuthn section 5.4.
 * @param known existing passkeys: no device makes a second one
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
      // For browsers from before its new name: WebAuthn section 5.4.4.
      requireResidentKey: true,
      userVerification: 'required',
    },
  }
}

/**
 * The passkey made for a challenge.
 * @throws 422 unless it was made for it, on our page, with the authenticator unlocked
 */
export async function verifyRegistration(
  response: NewPasskey['response'],
  { id: expectedRPID, origin: expectedOrigin }: RelyingParty,
  expectedChallenge: string,
): Promise<Made> {
  const { verifyRegistrationResponse } = await loadWebAuthn()
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

// Attestation is neither requested nor trusted, so it is removed: its certificates could name URLs
// to be checked for revocation.
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
