import { and, eq, lt } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { PasskeyProof, PasskeyRequest } from '../../../shared/schemas/passkey.ts'
import type { UsersTables } from '../tables.ts'
import { challengeLife_ms, type Challenges } from './challenge.ts'
import { toDescriptor, toUserHandle } from './registration.ts'
import type { RelyingParty } from './relying-party.ts'

type Row = UsersTables['passkeys']['$inferSelect']
/** Why a proof is refused; in the security log. */
type Reason = 'unknown' | 'not valid' | 'used' | 'counter'

export interface ProofsOptions {
  challenges: Challenges
  isAvailable: boolean
  /** @throws 409 where there is none */
  requireParty: () => RelyingParty
  security: SecurityLog
}

/** What somebody shows who has a passkey, and how it is asked for. */
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

  /** @returns the new counter; undefined unless it is valid */
  async function verify(row: Row, response: PasskeyProof['response'], of: Asked) {
    const { id, type, response: given } = response
    const { clientDataJSON, authenticatorData, signature, userHandle } = given
    // Whoever chose a passkey without a name is who it says.
    const owner = toUserHandle(row.user_id)
    if ((userHandle ?? (of.alone ? '' : owner)) !== owner) return undefined
    // Tens of megabytes, for those who need it.
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
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
      // Its counter is compared where it is kept.
      credential: { id, publicKey: Buffer.from(row.public_key, 'base64url'), counter: 0 },
      requireUserVerification: of.alone,
    })
    return verified ? authenticationInfo.newCounter : undefined
  }

  /** Takes a proof once: none that answers an earlier challenge than the last one is good. */
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
   * Takes what somebody shows.
   * @param userId who gave the password already; undefined: the passkey is all there is, and its
   *   owner unlocked it
   * @returns the passkey
   * @throws 401 when it is refused, 403 when its challenge is not one of now
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

  /** The same for everybody, and kept nowhere: who has an account is nobody's business. */
  function ask(): PasskeyRequest {
    const { challenge, token } = challenges.issue('login')
    return { token, options: { ...toOptions(challenge), userVerification: 'required' } }
  }

  /**
   * For who gave the right password, which is the other factor.
   * @returns undefined where they have none, or the address has become one that none can be for
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

export type Proofs = ReturnType<typeof createProofs>

interface Asked {
  party: RelyingParty
  challenge: string
  alone: boolean
}

const details: Record<Reason, string> = {
  unknown: 'This passkey is not known here. Log in another way, and remove it from your device.',
  'not valid': 'The passkey was not accepted. Try again.',
  used: 'This was sent before, or a later one was. Try again.',
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
