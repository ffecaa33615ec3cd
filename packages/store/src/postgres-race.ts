import { isDeadlock } from './error.ts'

const attemptsMax = 3

/**
 * Retries a statement that PostgreSQL rolled back because of another one, mostly after a deadlock.
 * It had no effect, and the next attempt sees what the other one did.
 * @param isLost which other errors only mean that another one was faster
 * @throws what the third attempt threw
 */
export async function retryRaces<T>(
  run: () => Promise<T>,
  isLost: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === attemptsMax || !(isDeadlock(error) || isLost(error))) throw error
    }
  }
}
