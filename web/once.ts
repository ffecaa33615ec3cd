import { unreachable } from '../packages/client/src/problem.ts'

/** Concurrent callers share one response. */
export function together<T>(load: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => (asked ??= load().finally(() => (asked = undefined)))
}

/**
 * Loads code once; after a failure the next caller retries.
 * @throws ProblemError `unreachable`
 */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined
  return () => {
    kept ??= load().catch((error: unknown) => {
      kept = undefined
      throw unreachable(error)
    })
    return kept
  }
}
