import type { Store } from './store.ts'

/**
 * Keeps what was read until anybody writes to the database, by hand or in another process. Only on
 * SQLite; PostgreSQL is read each time.
 * @param max how many results are kept
 * @returns a function that reads, or returns what is kept by that key; do not change it
 */
export function keepReads<T>({ dataVersion }: Pick<Store, 'dataVersion'>, max: number) {
  const kept = new Map<string, T>()
  let version: number | undefined

  return async (key: string, read: () => Promise<T>): Promise<T> => {
    const now = dataVersion()
    if (now === undefined) return read()
    if (now !== version) kept.clear()
    version = now
    const known = kept.get(key)
    if (known !== undefined) return known
    const value = await read()
    // Otherwise it may be from before a write that others have seen.
    if (version !== now) return value
    if (kept.size >= max) kept.clear()
    kept.set(key, value)
    return value
  }
}
