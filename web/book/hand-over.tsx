import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Booking } from '../../shared/schemas/booking.ts'
import { isOut } from '../bookings/booking-state.tsx'
import type { Step } from '../bookings/check-out-and-return.ts'
import { HandoverForm } from '../bookings/lazy-handover-form.ts'
import { t } from '../i18n.ts'
import { formatTime } from '../time.ts'
import { hour_ms } from '../../shared/duration.ts'

interface HandOverProps {
  booking: Booking
  changed: () => Promise<void>
}

/** Check-out and return. With several resources, each has its own code. */
export function HandOver({ booking, changed }: HandOverProps) {
  const isAsked = useSignal(false)
  const element = useRef<HTMLElement>(null)
  const wasAsked = useRef(false)
  // The button or the form that had the focus is gone.
  useLayoutEffect(() => {
    if (wasAsked.current !== isAsked.value) element.current?.focus()
    wasAsked.current = isAsked.value
  }, [isAsked.value])
  const step = stepOf(booking)
  const [item, ...others] = booking.items
  if (!step || !item || others.length > 0) return null
  const done = async () => {
    isAsked.value = false
    await changed()
  }
  const missingSince = step === 'check_out' && item.late_since
  return (
    <section class="stack" tabIndex={-1} ref={element}>
      {missingSince && (
        <p class="notice warn" role="status">
          {t('handover.not_back', { due: formatTime(missingSince) })}
        </p>
      )}
      {isAsked.value ? (
        <HandoverForm
          key={step}
          bookingId={booking.id}
          resourceId={item.resource_id}
          {...{ step, done }}
        />
      ) : (
        <button type="button" class="primary wide" onClick={() => (isAsked.value = true)}>
          {t(`handover.${step}`)}
        </button>
      )}
    </section>
  )
}

// Earlier, hardly anybody comes to pick it up.
const early_ms = hour_ms

/** The possible action; undefined long before the start, and once it is over. */
function stepOf(booking: Booking): Step | undefined {
  if (isOut(booking)) return 'return'
  const now = Date.now()
  const { state, from, to, check_in_by } = booking
  const isItsTime = Date.parse(from) <= now + early_ms && now < Date.parse(to)
  if (state !== 'confirmed' || !isItsTime) return undefined
  return check_in_by && Date.parse(check_in_by) <= now ? undefined : 'check_out'
}
