import { useSignal } from '@preact/signals'
import type { Booking } from '../../shared/schemas/booking.ts'
import { isOut } from '../bookings/booking-state.tsx'
import type { Step } from '../bookings/handovers.ts'
import { HandoverForm } from '../bookings/lazy-handover-form.ts'
import { t } from '../i18n.ts'

interface HandOverProps {
  booking: Booking
  changed: () => Promise<void>
}

/** Check-out and return. With several resources, each has its own code. */
export function HandOver({ booking, changed }: HandOverProps) {
  const isAsked = useSignal(false)
  const step = stepOf(booking)
  const [item, ...others] = booking.items
  if (!step || !item || others.length > 0) return null
  const done = async () => {
    isAsked.value = false
    await changed()
  }
  if (isAsked.value) {
    return (
      <HandoverForm
        key={step}
        bookingId={booking.id}
        resourceId={item.resource_id}
        {...{ step, done }}
      />
    )
  }
  return (
    <button type="button" class="primary wide" onClick={() => (isAsked.value = true)}>
      {t(`handover.${step}`)}
    </button>
  )
}

/** The possible action; undefined before the start, and once it is over. */
function stepOf(booking: Booking): Step | undefined {
  if (isOut(booking)) return 'return'
  const now = Date.now()
  const { state, from, to, check_in_by } = booking
  if (state !== 'confirmed' || Date.parse(from) > now || Date.parse(to) <= now) return undefined
  return check_in_by && Date.parse(check_in_by) <= now ? undefined : 'check_out'
}
