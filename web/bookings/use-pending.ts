import { useEffect, useRef } from 'preact/hooks'
import { patience_ms } from '../notifications/bell.tsx'
import { useQuery } from '../query.ts'
import { keepPending, keptPending, readPending } from './bookings.ts'

/**
 * The number of pending requests: from another page at first, then its own.
 * @param isFound whether the current page reads it itself
 */
export function usePending(isFound: boolean) {
  const last = useRef(keptPending())
  const isAsked = useRef(false)
  const pending = useQuery(`pending ${isFound}`, async () => {
    const before = last.current
    if (isFound) return before ?? { count: 0, manages: false }
    const isFirst = !isAsked.current
    isAsked.current = true
    return (isFirst && before) || readPending()
  })
  useEffect(() => {
    // A user who decides nothing hardly becomes a manager between two pages.
    if (isFound || !last.current?.manages) return
    const timer = setTimeout(() => void pending.reload(), patience_ms)
    return () => clearTimeout(timer)
  }, [])
  /** What the current page has read. */
  const found = (count: number) => {
    last.current = { count, manages: true }
    keepPending(last.current)
    pending.set(last.current)
  }
  return { ...pending, found }
}
