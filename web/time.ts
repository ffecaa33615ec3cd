import { locale } from './i18n.ts'

export const minute_ms = 60_000
export const hour_ms = 60 * minute_ms
export const day_ms = 24 * hour_ms

export type TimeStyle = 'date' | 'time' | 'full'

const styles: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  date: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit' },
  full: {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  },
}

/** A time in the viewer's own zone. */
export function formatTime(at: Date | string, style: TimeStyle = 'full'): string {
  return new Intl.DateTimeFormat(locale.value, styles[style]).format(new Date(at))
}

/** A span in the viewer's own zone, saying the day once where one is enough. */
export function formatRange(from: Date | string, to: Date | string): string {
  const format = new Intl.DateTimeFormat(locale.value, styles.full)
  return format.formatRange(new Date(from), new Date(to))
}

/** Two days and what lies between them. */
export function formatDays(from: Date, to: Date): string {
  const format = new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium' })
  return format.formatRange(from, to)
}

/** `2027-01-31 09:00 UTC` */
export function toUtcText(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`
}

/** The value of an `<input type="datetime-local">`: the viewer's zone, to the minute. */
export function toInputTime(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * minute_ms)
  return local.toISOString().slice(0, 16)
}

/** The value of an `<input type="date">`. */
export function toInputDate(at: Date): string {
  return toInputTime(at).slice(0, 10)
}

/** @returns undefined when the input is empty or holds no time */
export function fromInputTime(text: string): Date | undefined {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : at
}

/** Midnight of the viewer's zone. */
export function startOfDay(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate())
}

/** The next full hour of the viewer's zone, which in some is half past in UTC. */
export function ceilToHour(at: Date): Date {
  const day = startOfDay(at).getTime()
  return new Date(day + Math.ceil((at.getTime() - day) / hour_ms) * hour_ms)
}

/** Whole days on, also across a change of the clocks. */
export function addDays(at: Date, days: number): Date {
  const next = new Date(at)
  next.setDate(next.getDate() + days)
  return next
}
