import { useEffect } from 'preact/hooks'

/** Reads again when the phone is taken out: meanwhile somebody may have decided. */
export function useFresh(reload: () => Promise<void>): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void reload()
    }
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
}
