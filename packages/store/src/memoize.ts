/** Computes a value once per key. Nothing is evicted, so it is for few keys. */
export function memoize<Key, T>(make: (key: Key) => T): (key: Key) => T {
  const made = new Map<Key, T>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const thing = make(key)
    made.set(key, thing)
    return thing
  }
}
