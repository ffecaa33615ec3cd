import { isDeadlock } from './error.ts'

const attemptsMax = 3

/**
 * Runs a statement again that PostgreSQL undid because of another one: two that waited for each
 * other, most of all. Nothing was done then, and the next attempt sees what the other one did.
 * @param isLost which other errors only mean that somebody was faster
 * @throws what the third attempt in a row threw
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
