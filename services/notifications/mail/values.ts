import type { Language } from '../../../shared/language.ts'
import type { Notification } from '../../../shared/schemas/notification.ts'
import type { Values } from './templates.ts'

export interface Reading {
  language: Language
  time_zone: string
  /** The name of who did it, and of whom it is for. */
  by: string
  person: string
  link: string
}

interface Data {
  title?: string
  course?: string
  score?: number
  was_score?: number
  number?: string
  from?: string | null
  to?: string | null
  days?: number
  resources?: string[]
  reason?: string
  late_since?: string
  held_until?: string
  was_for_another?: boolean
  was?: { title?: string; from?: string | null; to?: string | null }
}

/** What the text of a mail names, as its reader reads it. */
export function toValues(notification: Pick<Notification, 'data'>, reading: Reading): Values {
  const data = notification.data as Data
  const say = (time: string | null | undefined) => sayTime(time, reading)
  const { was } = data
  const before = was && [
    was.title,
    (was.from ?? was.to) !== undefined &&
      saySpan(was.from ?? data.from, was.to ?? data.to, reading),
  ]
  return {
    title: toLine(data.title),
    course: toLine(data.course),
    score: toNumber(data.score, reading),
    was_score: toNumber(data.was_score, reading),
    number: toLine(data.number),
    resources: toLine(data.resources?.join(', ')),
    when: saySpan(data.from, data.to, reading),
    was: toLine((before || []).filter(Boolean).join(', ')),
    days: data.days === undefined ? '' : String(data.days),
    by: toLine(reading.by),
    person: data.was_for_another ? toLine(reading.person) : '',
    reason: toLine(data.reason),
    late_since: say(data.late_since),
    held_until: say(data.held_until),
    link: reading.link,
  }
}

function toNumber(number: number | undefined, { language }: Reading): string {
  return number === undefined ? '' : new Intl.NumberFormat(language).format(number)
}

// What people wrote stays one line: it is in the subject as well.
function toLine(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}

function saySpan(
  from: string | null | undefined,
  to: string | null | undefined,
  { language, time_zone }: Reading,
): string {
  const format = toFormat(language, time_zone)
  if (from && to) return format.formatRange(Date.parse(from), Date.parse(to))
  const open = { en: ['from', 'until'], de: ['ab', 'bis'] }[language]
  if (from) return `${open[0]} ${format.format(Date.parse(from))}`
  return to ? `${open[1]} ${format.format(Date.parse(to))}` : ''
}

function sayTime(time: string | null | undefined, { language, time_zone }: Reading): string {
  return time ? toFormat(language, time_zone).format(Date.parse(time)) : ''
}

function toFormat(language: Language, timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  })
}
