import { unavailable } from './problem.ts'

// Each attempt can lose only to another change that was made meanwhile.
const attemptsUsual = 5

/**
 * Retries a change that lost to another one: without a version, none can be the wrong one.
 * @param attempt reads the thing, requires a match, and changes it if it is still as it was read;
 *   undefined if it was not
 * @param attemptsMax more than a few where many compete and each loss means that another won
 * @throws 503 when it keeps losing
 */
export async function retryOnConflict<T>(
  attempt: () => Promise<T | undefined>,
  attemptsMax = attemptsUsual,
): Promise<T> {
  for (let attempts = 0; attempts < attemptsMax; attempts++) {
    const done = await attempt()
    if (done !== undefined) return done
  }
  throw unavailable('change_busy', 'Too many concurrent changes. Please retry.')
}
