import { sayTime, timeFormat, type TimeReader } from '../../../shared/mail/say-time.ts'
import type { Values } from '../../../shared/mail/templates.ts'
import type { Notification } from '../../../shared/schemas/notification.ts'

export interface Reading extends TimeReader {
  /** The names of the actor and the person it is for. */
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
  more?: number
  resources?: string[]
  reason?: string
  late_since?: string
  held_until?: string
  was_for_another?: boolean
  was?: { title?: string; from?: string | null; to?: string | null }
}

/** The values in a mail's text, formatted for its reader. */
export function toValues(notification: Pick<Notification, 'data'>, reading: Reading): Values {
  const data = notification.data as Data
  const say = (time: string | undefined) => (time ? sayTime(Date.parse(time), reading) : '')
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
    more: toNumber(data.more, reading),
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

// User text is kept on one line, as it is part of the subject.
function toLine(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}

function saySpan(
  from: string | null | undefined,
  to: string | null | undefined,
  reading: Reading,
): string {
  const format = timeFormat(reading)
  if (from && to) return format.formatRange(Date.parse(from), Date.parse(to))
  const open = { en: ['from', 'until'], de: ['ab', 'bis'] }[reading.language]
  if (from) return `${open[0]} ${format.format(Date.parse(from))}`
  return to ? `${open[1]} ${format.format(Date.parse(to))}` : ''
}
