/** Who asks while an answer is on its way gets that one. */
export function together<T>(load: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => (asked ??= load().finally(() => (asked = undefined)))
}

/** Runs a load once and keeps its answer; one that fails is tried again by who asks next. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined
  return () => {
    kept ??= load().catch((error: unknown) => {
      kept = undefined
      throw error
    })
    return kept
  }
}
