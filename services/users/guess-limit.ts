import { toClientNetwork } from '../../shared/host/client-address.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { Origin } from '../../shared/host/security-log.ts'
import type { Allowance, Attempts } from './attempts.ts'
import { hour_ms } from '../../shared/duration.ts'

// People follow an old link a few times; a guesser gets this many responses an hour.
const allowance: Allowance = {
  count: 30,
  window_ms: hour_ms,
  costMax_ms: hour_ms,
  code: 'too_many_links',
  what: 'invalid links from this network',
}

/** The code for a link that was used or revoked, has expired, or never existed. */
const linkInvalid = 'link_invalid'

/** The same for all of them: strangers learn nothing about what existed. */
export function invalidLink(): ProblemError {
  return new ProblemError({
    status: 404,
    code: linkInvalid,
    detail: 'This link was used or withdrawn, or has expired. Ask for a new one.',
  })
}

/** Limits, by network, how often strangers learn that a link is invalid. */
export function createGuessLimit(attempts: Attempts) {
  /** @throws 429 above the limit, even for a valid link */
  return async <T>({ address }: Origin, run: () => Promise<T>): Promise<T> => {
    const key = address && `link:${toClientNetwork(address)}`
    if (!key) return run()
    await attempts.check(key, allowance)
    try {
      return await run()
    } catch (error) {
      const isGuess = error instanceof ProblemError && error.code === linkInvalid
      if (isGuess) await attempts.consume(key, allowance)
      throw error
    }
  }
}

export type GuessLimit = ReturnType<typeof createGuessLimit>
