import { and, eq, lt } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { PasskeyProof, PasskeyRequest } from '../../../shared/schemas/passkey.ts'
import type { UsersTables } from '../tables.ts'
import { challengeLife_ms, type Challenges } from './challenge.ts'
import { toDescriptor, toUserHandle } from './registration.ts'
import type { RelyingParty } from './relying-party.ts'
import { loadWebAuthn } from './webauthn.ts'

type Row = UsersTables['passkeys']['$inferSelect']
/** Why a proof is refused, for the security log. */
type Reason = 'unknown' | 'not valid' | 'used' | 'counter'

export interface ProofsOptions {
  challenges: Challenges
  isAvailable: boolean
  /** @throws 409 if there is none */
  requireParty: () => RelyingParty
  security: SecurityLog
}

/** What a user with a passkey shows, and how it is requested. */
export function createProofs(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { passkeys }: UsersTables,
  { challenges, isAvailable, requireParty, security }: ProofsOptions,
) {
  async function find(credentialId: string): Promise<Row | undefined> {
    const isIt = eq(passkeys.credential_id, credentialId)
    const [row] = await store.db.select().from(passkeys).where(isIt)
    return row
  }

  /** @returns the new counter; undefined if it is invalid */
  async function verify(row: Row, response: PasskeyProof['response'], of: Asked) {
    const { id, type, response: given } = response
    const { clientDataJSON, authenticatorData, signature, userHandle } = given
    // A passkey used without a username names its owner itself.
    const owner = toUserHandle(row.user_id)
    if ((userHandle ?? (of.alone ? '' : owner)) !== owner) return undefined
    const { verifyAuthenticationResponse } = await loadWebAuthn()
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: of.challenge,
      expectedOrigin: of.party.origin,
      expectedRPID: of.party.id,
      // The counter is compared in the database.
      credential: { id, publicKey: Buffer.from(row.public_key, 'base64url'), counter: 0 },
      requireUserVerification: of.alone,
    })
    return verified ? authenticationInfo.newCounter : undefined
  }

  /** Accepts a proof once: a response to an earlier challenge than the last one is refused. */
  async function use(row: Row, counter: number, issued: number): Promise<Reason | undefined> {
    const isAhead = counter === 0 ? eq(passkeys.counter, 0) : lt(passkeys.counter, counter)
    const isNew = lt(passkeys.challenged, issued)
    const used = await store.db
      .update(passkeys)
      .set({ counter, challenged: issued, last_used: clock() })
      .where(and(eq(passkeys.id, row.id), isNew, isAhead))
      .returning({ id: passkeys.id })
    if (used.length > 0) return undefined
    const now = await find(row.credential_id)
    if (!now) return 'unknown'
    return now.challenged >= issued ? 'used' : 'counter'
  }

  /**
   * Verifies a proof.
   * @param userId the user whose password was verified; undefined: the passkey is the only proof,
   * and must be unlocked by its owner
   * @returns the passkey
   * @throws 401 if it is refused, 403 if its challenge has expired
   */
  async function take({ token, response }: PasskeyProof, origin: Origin, userId?: string) {
    const alone = userId === undefined
    const party = requireParty()
    const { challenge, issued } = alone
      ? challenges.read(token, 'login')
      : challenges.read(token, 'second', userId)
    const row = await find(response.id)
    const refuse = (reason: Reason): never => {
      const about = { actor: 'anonymous', user: row?.user_id ?? userId, origin }
      security('passkey_refused', { ...about, ...(row && { passkey: row.id }), reason })
      throw refused(reason)
    }
    if (!row || (!alone && row.user_id !== userId)) return refuse('unknown')
    const of = { party, challenge, alone }
    const counter = await verify(row, response, of).catch(() => undefined)
    if (counter === undefined) return refuse('not valid')
    const reason = await use(row, counter, issued)
    return reason ? refuse(reason) : row
  }

  /** The same for everybody and stored nowhere, so as not to reveal who has an account. */
  function ask(): PasskeyRequest {
    const { challenge, token } = challenges.issue('login')
    return { token, options: { ...toOptions(challenge), userVerification: 'required' } }
  }

  /**
   * For a user whose password was verified, as the other factor.
   * @returns undefined if they have none, or the current address allows none
   */
  function askOwner(userId: string, known: readonly Row[]): PasskeyRequest | undefined {
    if (known.length === 0 || !isAvailable) return undefined
    const { challenge, token } = challenges.issue('second', userId)
    const allowCredentials = known.map(toDescriptor)
    const how = { allowCredentials, userVerification: 'discouraged' }
    return { token, options: { ...toOptions(challenge), ...how } }
  }

  const toOptions = (challenge: string) => ({
    challenge,
    rpId: requireParty().id,
    timeout: challengeLife_ms,
  })

  return { find, take, ask, askOwner }
}

interface Asked {
  party: RelyingParty
  challenge: string
  alone: boolean
}

const details: Record<Reason, string> = {
  unknown: 'This passkey is not known here. Log in another way, and remove it from your device.',
  'not valid': 'The passkey was not accepted. Try again.',
  used: 'This response was already used, or a later one was. Try again.',
  counter:
    'The passkey counted backwards, as a copy of it would. Log in another way, remove it and ' +
    'tell an administrator.',
}

function refused(reason: Reason): ProblemError {
  return new ProblemError({
    status: 401,
    code: reason === 'unknown' ? 'passkey_unknown' : 'passkey_refused',
    detail: details[reason],
    headers: { 'www-authenticate': 'Bearer' },
  })
}
