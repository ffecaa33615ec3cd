import { toClientNetwork } from '../../shared/host/client-address.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { Origin } from '../../shared/host/security-log.ts'
import type { Allowance, Attempts } from './attempts.ts'

const hour_ms = 60 * 60_000
// People follow an old link a few times; whoever guesses gets this many answers an hour.
const allowance: Allowance = {
  count: 30,
  window_ms: hour_ms,
  costMax_ms: hour_ms,
  code: 'too_many_links',
  what: 'links from here that are not good',
}

/** The code of a link that was used, revoked, or has expired, or that never was. */
export const linkInvalid = 'link_invalid'

/** The same for all of those: a stranger learns nothing of what there was. */
export function invalidLink(): ProblemError {
  return new ProblemError({
    status: 404,
    code: linkInvalid,
    detail: 'This link was used or withdrawn, or has expired. Ask for another one.',
  })
}

/** Limits, by network, how often strangers are told that a link is not good. */
export function createGuessLimit(attempts: Attempts) {
  /** @throws 429 after too many, whether this one is good or not */
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
