import type { Context } from '../../shared/context.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { Allowance, Attempts } from './attempts.ts'
import { hour_ms } from '../../shared/duration.ts'

// People mistype a few times. A prober with a list of addresses gets this many responses an hour,
// then ever fewer.
const perHour = 10

/**
 * "Taken" reveals that an account exists. Without email confirmation that cannot be avoided, as an
 * account is usable at once; so the number of such responses is limited.
 */
export function createTakenLimit({ config }: Pick<Context, 'config'>, attempts: Attempts) {
  const allowance: Allowance = {
    count: config.SIGN_UP_LIMIT_PER_HOUR === 0 ? 0 : perHour,
    window_ms: hour_ms,
    costMax_ms: hour_ms,
    code: 'too_many_sign_ups',
    what: 'names or addresses that are taken',
  }

  /**
   * Runs a step that may respond that a name or an address is taken.
   * @param who the caller: a site or a user
   * @throws 429 above the limit, whether it is taken or not
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
