import { randomBytes } from 'node:crypto'
import type { Context } from '../../../shared/context.ts'
import { ProblemError } from '../../../shared/problem.ts'
import { createSealedTokens } from '../../../shared/sealed-token.ts'
import { minute_ms } from '../../../shared/duration.ts'

// As long as browsers wait for a user to find their phone.
export const challengeLife_ms = 5 * minute_ms
// Another replica with a faster clock may have issued it.
const clockSkew_ms = 5000
const challengeBytes = 32

/** The purpose of a challenge: add a passkey, log in with it alone, or after the password. */
export type Ceremony = 'add' | 'login' | 'second'

export interface Challenge {
  /** Base64url. */
  challenge: string
  /** When, in milliseconds since 1970. */
  issued: number
}

/**
 * Sealed challenges, so that strangers who request them cost no row. The code that takes a response
 * makes sure it is used once, by the time of issue.
 */
export function createChallenges({ clock, secret }: Pick<Context, 'clock' | 'secret'>) {
  const seal = (ceremony: Ceremony) => createSealedTokens(secret, `passkeys: ${ceremony}`)
  const seals = { add: seal('add'), login: seal('login'), second: seal('second') }

  return {
    /** @param whose the user it is for, in parts; it is invalid for anybody else */
    issue: (ceremony: Ceremony, ...whose: string[]) => {
      const challenge = randomBytes(challengeBytes).toString('base64url')
      return { challenge, token: seals[ceremony].write([challenge, String(clock()), ...whose]) }
    },
    /** @throws 403 unless we sealed it for this user, at most five minutes ago */
    read: (token: string, ceremony: Ceremony, ...whose: string[]): Challenge => {
      const [challenge = '', at, ...given] = seals[ceremony].read(token) ?? []
      const issued = Number(at)
      const age_ms = clock() - issued
      const isTheirs = given.join('.') === whose.join('.')
      const isFresh = age_ms <= challengeLife_ms && age_ms >= -clockSkew_ms
      if (!isTheirs || !isFresh) throw challengeExpired()
      return { challenge, issued }
    },
  }
}

export type Challenges = ReturnType<typeof createChallenges>

export function challengeExpired(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'passkey_challenge_expired',
    detail: 'The token was used, is not for this, or is older than 5 minutes. Begin again.',
  })
}
