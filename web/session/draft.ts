import { parseExact } from '../../shared/exact-json.ts'
import { draftKey, user } from './session.ts'

/** What the user typed and has not sent yet. */
export interface Draft<T> {
  /** Undefined: nothing, or only of somebody else. */
  read: () => T | undefined
  keep: (typed: T) => void
  drop: () => void
}

/** Outlives the page and the login, on this device, until it is dropped or the user logs out. */
export function draftOf<T>(name: string): Draft<T> {
  const begin = `${draftKey(user.value?.id)}${name} `
  // Another window with the same form has a key of its own.
  const key = `${begin}${Date.now()}`
  return {
    read: () => {
      const all = Object.keys(localStorage).filter((it) => it.startsWith(begin))
      const newest = all.toSorted().at(-1)
      const text = newest && localStorage.getItem(newest)
      if (!text) return undefined
      localStorage.removeItem(newest)
      localStorage.setItem(key, text)
      try {
        return (parseExact(text) as T | null) ?? undefined
      } catch {
        return undefined
      }
    },
    keep: (typed) => {
      try {
        localStorage.setItem(key, JSON.stringify(typed))
      } catch {
        // The browser has no room for it; an older draft would be worse than none.
        localStorage.removeItem(key)
      }
    },
    drop: () => localStorage.removeItem(key),
  }
}
