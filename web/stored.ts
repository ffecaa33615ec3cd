/** What localStorage has under a key, as JSON; undefined if there is none or it is damaged. */
export function readStored<T extends object>(key: string): Partial<T> | undefined {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? 'null') as T | null) ?? undefined
  } catch {
    return undefined
  }
}
