import { useEffect } from 'preact/hooks'

/** Reloads when the app comes to the foreground: something may have been decided. */
export function useFresh(reload: () => Promise<void>): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void reload()
    }
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
}
