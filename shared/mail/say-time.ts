import type { Language } from '../language.ts'

export interface TimeReader {
  language: Language
  time_zone: string
}

/** Formats a time for the reader of a mail. */
export function sayTime(time_ms: number, reader: TimeReader): string {
  return timeFormat(reader).format(time_ms)
}

export function timeFormat({ language, time_zone }: TimeReader): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: time_zone,
    timeZoneName: 'short',
  })
}
