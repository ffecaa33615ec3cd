import type { TimeSpan } from '../bookings/inventory.ts'
import { locale } from '../i18n.ts'
import { day_ms, hour_ms, minute_ms } from '../../shared/duration.ts'
import { formatTime, startOfDay } from '../time.ts'

/** `Tomorrow, 09:00 – 11:00`; with dates if it is longer than a day. */
export function describeWhen({ from, to }: TimeSpan): string {
  // Midnight belongs to the day it ends.
  const isOneDay = isSameDay(from, new Date(to.getTime() - 1))
  const endDay = isOneDay ? '' : `${nameDay(to)}, `
  return `${nameDay(from)}, ${formatTime(from, 'time')} – ${endDay}${formatTime(to, 'time')}`
}

/** `Today`, `Tomorrow`, `Fri, 4 Dec`; with the year unless it is the current one. */
export function nameDay(at: Date): string {
  // Rounded, as a day may have 23 or 25 hours.
  const days = Math.round((startOfDay(at).getTime() - startOfDay(new Date()).getTime()) / day_ms)
  if (days === 0 || days === 1) return nameRelative(days)
  if (at.getFullYear() !== new Date().getFullYear()) return formatTime(at, 'date')
  const style = { weekday: 'short', day: 'numeric', month: 'short' } as const
  return new Intl.DateTimeFormat(locale.value, style).format(at)
}

function nameRelative(days: number): string {
  const text = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto' }).format(days, 'day')
  return text.charAt(0).toLocaleUpperCase(locale.value) + text.slice(1)
}

/** `30 min`, `2 hrs`, `1 day`. */
export function describeLength(length_ms: number): string {
  const [value, unit] =
    length_ms % day_ms === 0
      ? [length_ms / day_ms, 'day']
      : length_ms % hour_ms === 0
        ? [length_ms / hour_ms, 'hour']
        : [length_ms / minute_ms, 'minute']
  const style = { style: 'unit', unit, unitDisplay: 'short' } as const
  return new Intl.NumberFormat(locale.value, style).format(value)
}

export function isSameDay(one: Date, other: Date): boolean {
  return startOfDay(one).getTime() === startOfDay(other).getTime()
}

export function windowOf({ from, to }: { from: string; to: string }): TimeSpan {
  return { from: new Date(from), to: new Date(to) }
}
