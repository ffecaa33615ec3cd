import type { DisplayUse } from '../../shared/schemas/display.ts'
import type { DisplayLanguage } from './words.ts'

export interface Place {
  language: DisplayLanguage
  /** Null: that of the browser. */
  timeZone: string | null
  /** Milliseconds since 1970, by the server's clock. */
  now: number
}

const day_ms = 24 * 60 * 60 * 1000
const localeOf: Record<DisplayLanguage, string> = { en: 'en-GB', de: 'de-DE' }

/** A time as shown on a day: with its weekday on others, with its date if far away. */
export function sayTime(time: string | number, place: Place): string {
  const at = new Date(time)
  const clock = { hour: '2-digit', minute: '2-digit' } as const
  if (dayOf(at, place) === dayOf(new Date(place.now), place)) return format(at, place, clock)
  const isSoon = Math.abs(at.getTime() - place.now) < 6 * day_ms
  const date = isSoon
    ? ({ weekday: 'short' } as const)
    : ({ day: 'numeric', month: 'short' } as const)
  return `${format(at, place, date)} ${format(at, place, clock)}`
}

/** A span; the day only once if it is the same. */
export function saySpan({ from, to }: DisplayUse, place: Place): string {
  if (from === null || to === null)
    return [from, to].map((it) => it && sayTime(it, place)).join('–')
  const end = sayTime(to, { ...place, now: Date.parse(from) })
  return `${sayTime(from, place)}–${end}`
}

function dayOf(at: Date, place: Place): string {
  return format(at, place, { year: 'numeric', month: 'numeric', day: 'numeric' })
}

function format(at: Date, { language, timeZone }: Place, options: Intl.DateTimeFormatOptions) {
  const zone = timeZone === null ? {} : { timeZone }
  return new Intl.DateTimeFormat(localeOf[language], { ...options, ...zone }).format(at)
}
