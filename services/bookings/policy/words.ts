import { toLocal } from '../../../shared/time-zone.ts'

/** `Monday 1 March 2027 at 09:00 (Europe/Berlin)`: the reader may be in another zone. */
export function sayTime(time_ms: number, zone: string): string {
  const local = toLocal(time_ms, zone)
  const date = local.toLocaleString('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  })
  const time = local.toPlainTime().toString({ smallestUnit: 'minute' })
  return `${date.replace(',', '')} at ${time} (${zone})`
}

/** `1 hour 30 minutes` */
export function sayDuration(duration: string): string {
  const { days, hours, minutes } = Temporal.Duration.from(duration)
  const parts = [sayCount(days, 'day'), sayCount(hours, 'hour'), sayCount(minutes, 'minute')]
  return parts.filter(Boolean).join(' ') || 'no time'
}

/** `08:00–18:00 (Europe/Berlin)`: the reader may be in another zone. */
export function sayHours(hours: readonly { from: string; to: string }[], zone: string): string {
  return `${hours.map(({ from, to }) => `${from}–${to}`).join(', ') || 'none'} (${zone})`
}

function sayCount(count: number, unit: string): string {
  if (count === 0) return ''
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`
}
