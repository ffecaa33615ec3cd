import type { Booking } from '../../shared/schemas/booking.ts'
import { t, type MessageKey } from '../i18n.ts'
import { formatRange } from '../time.ts'
import { Icon, type IconName } from '../ui/icon.tsx'

interface Look {
  text: MessageKey
  tone: 'good' | 'warn' | 'bad' | 'accent' | ''
  icon: IconName
}

const looks: Record<Booking['state'] | 'late', Look> = {
  requested: { text: 'booking_state.requested', tone: 'warn', icon: 'clock' },
  confirmed: { text: 'booking_state.confirmed', tone: 'good', icon: 'check' },
  checked_out: { text: 'booking_state.checked_out', tone: 'accent', icon: 'play' },
  late: { text: 'booking_state.late', tone: 'bad', icon: 'warning' },
  returned: { text: 'booking_state.returned', tone: '', icon: 'check' },
  rejected: { text: 'booking_state.rejected', tone: 'bad', icon: 'close' },
  cancelled: { text: 'booking_state.cancelled', tone: '', icon: 'close' },
  expired: { text: 'booking_state.expired', tone: 'bad', icon: 'clock' },
  no_show: { text: 'booking_state.no_show', tone: 'bad', icon: 'close' },
}

/** Whether it is checked out. */
export function isOut({ state }: Pick<Booking, 'state'>): boolean {
  return state === 'checked_out' || state === 'late'
}

/** Whether its return is overdue. */
export function isLate(booking: Pick<Booking, 'state' | 'to'>): boolean {
  return isOut(booking) && Date.parse(booking.to) <= Date.now()
}

/** Whether it is upcoming or current. */
export function isOpen(booking: Pick<Booking, 'state'>): boolean {
  return booking.state === 'requested' || booking.state === 'confirmed' || isOut(booking)
}

export function lookOf(booking: Pick<Booking, 'state' | 'to'>): Look {
  return looks[isLate(booking) ? 'late' : booking.state]
}

/** In one line: what, when, and its state. */
export function describeBooking(booking: Booking): string {
  const { title, from, to } = booking
  return `${title}, ${formatRange(from, to)}, ${t(lookOf(booking).text)}`
}

/** The state of a booking: in words, with a sign and a colour. */
export function StateBadge({ booking }: { booking: Pick<Booking, 'state' | 'to'> }) {
  const { text, tone, icon } = lookOf(booking)
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {t(text)}
    </span>
  )
}
