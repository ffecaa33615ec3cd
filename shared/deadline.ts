/**
 * What a promise comes to, or what is done when that takes too long. Its timer goes as soon as the
 * promise has settled: one that is left keeps a process alive that has nothing more to do.
 * @param max_ms how long it may take, in milliseconds
 * @param onLate what is answered instead; it may throw, or do something about it first
 */
export async function withDeadline<T, Late>(
  promise: PromiseLike<T>,
  max_ms: number,
  onLate: () => Late,
): Promise<T | Awaited<Late>> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, max_ms)
  try {
    return await Promise.race([promise, late.promise.then(onLate)])
  } finally {
    clearTimeout(timer)
  }
}
