import type { Context } from '../../shared/context.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { Allowance, Attempts } from './attempts.ts'

const hour_ms = 60 * 60_000
// People mistype a few times. A prober with a list of addresses gets this many answers an hour, and
// then ever fewer.
const perHour = 10

/**
 * "Taken" reveals that an account exists. Without e-mail confirmation that cannot be avoided, as an
 * account is usable at once; so it is revealed a limited number of times.
 */
export function createTakenLimit({ config }: Pick<Context, 'config'>, attempts: Attempts) {
  const allowance: Allowance = {
    count: config.limits.signUp === 0 ? 0 : perHour,
    window_ms: hour_ms,
    costMax_ms: hour_ms,
    code: 'too_many_sign_ups',
    what: 'names or addresses that are taken',
  }

  /**
   * Runs what may answer that a name or an address is taken.
   * @param who asks: a site or a user
   * @throws 429 when they were told too often, whether it is taken or not
   */
  return async <T>(who: string, run: () => Promise<T>): Promise<T> => {
    await attempts.check(`taken:${who}`, allowance)
    try {
      return await run()
    } catch (error) {
      const isTaken = error instanceof ProblemError && error.code.endsWith('_taken')
      if (isTaken) await attempts.consume(`taken:${who}`, allowance)
      throw error
    }
  }
}

export type TakenLimit = ReturnType<typeof createTakenLimit>
