import { hour_ms, minute_ms } from '../shared/duration.ts'
import { locale } from './i18n.ts'

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

/** A span in the viewer's zone; the day only once if it is the same. */
export function formatRange(from: Date | string, to: Date | string): string {
  const format = new Intl.DateTimeFormat(locale.value, styles.full)
  return format.formatRange(new Date(from), new Date(to))
}

/** Two days and the days between them. */
export function formatDays(from: Date, to: Date): string {
  const format = new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium' })
  return format.formatRange(from, to)
}

/** `2027-01-31 09:00 UTC` */
export function toUtcText(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`
}

/**
 * The value of a `TimeField`: the viewer's zone, to the minute. The second of two ambiguous times
 * has its offset: `2026-10-25T02:30+01:00`.
 */
export function toInputTime(at: Date): string {
  const offset = -at.getTimezoneOffset()
  const text = new Date(at.getTime() + offset * minute_ms).toISOString().slice(0, 16)
  if (at.getTime() - Date.parse(text) < minute_ms) return text
  const length = new Date(Math.abs(offset) * minute_ms).toISOString().slice(11, 16)
  return text + (offset < 0 ? '-' : '+') + length
}

/** The value of an `<input type="date">`. */
export function toInputDate(at: Date): string {
  return toInputTime(at).slice(0, 10)
}

/** @returns undefined for an invalid or skipped time */
export function fromInputTime(text: string): Date | undefined {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) return undefined
  return isShownAs(at, text) ? at : undefined
}

/** The value of a `TimeField` in words; as typed if it is invalid. */
export function describeInput(text: string): string {
  const at = fromInputTime(text)
  return at ? formatTime(at) : text
}

/** The two instants that clocks show as that time; empty if there are not two. */
export function listTwice(text: string): Date[] {
  const first = fromInputTime(text.slice(0, 16))
  // Clocks go back by an hour, or by half an hour on Lord Howe Island.
  const later = [0.5, 1].map((hours) => new Date((first?.getTime() ?? NaN) + hours * hour_ms))
  const second = first && later.find((at) => isShownAs(at, text))
  return second ? [first, second] : []
}

function isShownAs(at: Date, text: string): boolean {
  return toInputTime(at).slice(0, 16) === text.slice(0, 16)
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Of a zone; without one, of the viewer's. Made once, as that takes long. */
function clockOf(timeZone?: string): Intl.DateTimeFormat {
  const key = `${locale.value} ${timeZone}`
  const style = { hour: '2-digit', minute: '2-digit', weekday: 'short' } as const
  const made = clocks.get(key)
  const clock = made ?? new Intl.DateTimeFormat(locale.value, { ...style, timeZone })
  clocks.set(key, clock)
  return clock
}

interface Bounds {
  /** Null: without one. */
  from: Date | null
  to: Date | null
}

// A browser may know fewer zones than the server.
function findClock(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return clockOf(timeZone)
  } catch {
    return undefined
  }
}

/**
 * The span by the clocks of another place: `Asia/Tokyo: Mon 17:00 – Mon 19:00`; empty if they show
 * the same as the viewer's, or if the browser does not know them.
 */
export function describeElsewhere({ from, to }: Bounds, timeZone: string): string {
  const [there, here] = [findClock(timeZone), clockOf()]
  if (!there) return ''
  const [begins, ends] = [from, to].map((at) => (at ? there.format(at) : '∞'))
  const isSame = [from, to].every((at) => !at || there.format(at) === here.format(at))
  return isSame ? '' : `${timeZone}: ${begins} – ${ends}`
}

/** `CEST` */
export function nameZone(at: Date): string {
  const format = new Intl.DateTimeFormat(locale.value, { timeZoneName: 'short' })
  return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
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

/** Whole days later, also across a clock change. */
export function addDays(at: Date, days: number): Date {
  const next = new Date(at)
  next.setDate(next.getDate() + days)
  return next
}
