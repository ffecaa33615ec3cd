import { useEffect, useRef } from 'preact/hooks'
import type { PendingBookings } from '../../shared/schemas/booking.ts'
import { patience_ms } from '../notifications/bell.tsx'
import { useQuery } from '../query.ts'
import { readKept } from '../session/kept.ts'
import { readPending } from './bookings.ts'

/** What waits to be decided: as another page was told, and anew once this one is there. */
export function usePending() {
  const told = useRef(readKept<PendingBookings>('pending'))
  const isAsked = useRef(told.current === undefined)
  const pending = useQuery('pending', async () => {
    const before = isAsked.current ? undefined : told.current
    isAsked.current = true
    return before ?? readPending()
  })
  useEffect(() => {
    // Who decides about nothing hardly begins to between two pages.
    if (!told.current?.manages) return
    const timer = setTimeout(() => void pending.reload(), patience_ms)
    return () => clearTimeout(timer)
  }, [])
  return pending
}
