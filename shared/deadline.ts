/**
 * Resolves as the promise does, or with `onLate` when it takes too long. The timer is cleared as
 * soon as the promise settles: a leftover timer would keep an idle process alive.
 * @param max_ms how long it may take, in milliseconds
 * @param onLate returns the value to use instead, or throws
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
