import type { TimeSpan } from '../bookings/inventory.ts'
import { t } from '../i18n.ts'
import { day_ms, hour_ms } from '../../shared/duration.ts'
import { addDays, fromInputTime, startOfDay, toInputTime } from '../time.ts'
import { TimeField } from '../ui/time-field.tsx'
import { Chips } from './chips.tsx'
import { describeLength, isSameDay, nameDay } from './span-words.ts'

// A thumb's width of days; the field below has all.
const daysShown = 7
const lengths_ms = [0.5 * hour_ms, hour_ms, 2 * hour_ms, 4 * hour_ms, 8 * hour_ms, day_ms]

interface SpanFieldsProps {
  span: TimeSpan
  change: (span: TimeSpan) => void
}

/** Day, time and length: by tap, or typed. */
export function SpanFields({ span, change }: SpanFieldsProps) {
  const { from, to } = span
  const length = to.getTime() - from.getTime()
  const start = (at: Date) => change({ from: at, to: new Date(at.getTime() + length) })
  const today = startOfDay(new Date())
  const days = Array.from({ length: daysShown }, (_, at) => addDays(today, at))
  return (
    <div class="form">
      <Chips
        label={t('book.day')}
        options={days.map((day) => ({
          label: nameDay(day),
          isChosen: isSameDay(day, from),
          choose: () => start(onDay(from, day)),
        }))}
      />
      <div class="pair">
        <TimeField
          label={t('booking.from')}
          value={toInputTime(from)}
          change={(text) => start(fromInputTime(text) ?? from)}
          required
        />
        <TimeField
          label={t('book.until')}
          value={toInputTime(to)}
          change={(text) => change({ from, to: fromInputTime(text) ?? to })}
          required
        />
      </div>
      <Chips
        label={t('book.length')}
        options={lengths_ms.map((one) => ({
          label: describeLength(one),
          isChosen: endAfter(from, one).getTime() === to.getTime(),
          choose: () => change({ from, to: endAfter(from, one) }),
        }))}
      />
    </div>
  )
}

/** The same time on another day; today, the next full hour if it has passed. */
function onDay(from: Date, day: Date): Date {
  const at = new Date(day)
  at.setHours(from.getHours(), from.getMinutes())
  return at.getTime() < Date.now() ? nextHour() : at
}

/** A day later is the same time of day, even if that day has 23 or 25 hours. */
function endAfter(from: Date, length_ms: number): Date {
  return length_ms === day_ms ? addDays(from, 1) : new Date(from.getTime() + length_ms)
}

export function nextHour(): Date {
  return new Date(Math.ceil(Date.now() / hour_ms) * hour_ms)
}
