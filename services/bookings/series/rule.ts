import type { FieldError } from '../../../shared/problem.ts'

/** Limits of one series: bookings, and time from the first to the last. */
export const occurrencesMax = 400
export const yearsMax = 5

const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
const intervalMax = 400
const weekday = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/

/** The supported part of a recurrence rule (RFC 5545 section 3.3.10). */
export interface Rule {
  freq: (typeof frequencies)[number]
  interval: number
  count?: number
  /** Inclusive: a UTC time, or a day in the zone of the series. */
  until?: string
  byDay?: string[]
  byMonthDay?: number[]
  byMonth?: number[]
  bySetPos?: number[]
  wkst?: string
}

type PartReader = (value: string, rule: Rule) => string | undefined

const readers: Record<string, PartReader> = {
  FREQ: (value, rule) => {
    const freq = frequencies.find((one) => one === value)
    if (freq) rule.freq = freq
    return freq ? undefined : `FREQ is one of ${frequencies.join(', ')}.`
  },
  INTERVAL: (value, rule) => {
    rule.interval = readNumber(value)
    return within(rule.interval, 1, intervalMax) ? undefined : `INTERVAL is 1 to ${intervalMax}.`
  },
  COUNT: (value, rule) => {
    rule.count = readNumber(value)
    return within(rule.count, 1, occurrencesMax) ? undefined : `COUNT is 1 to ${occurrencesMax}.`
  },
  UNTIL: (value, rule) => {
    rule.until = value
    if (/^\d{8}(T\d{6}Z)?$/.test(value) && isTime(value)) return undefined
    return 'UNTIL is a day or a time in UTC: 20270630 or 20270630T220000Z.'
  },
  BYDAY: (value, rule) => {
    rule.byDay = value.split(',')
    return rule.byDay.every((day) => weekday.test(day) && isOrdinal(day))
      ? undefined
      : 'BYDAY is a list of days such as MO,TU, or 1MO and -1FR within a month.'
  },
  BYMONTHDAY: (value, rule) => {
    rule.byMonthDay = value.split(',').map(readNumber)
    return rule.byMonthDay.every((day) => within(Math.abs(day), 1, 31))
      ? undefined
      : 'BYMONTHDAY is a list of 1 to 31, or -31 to -1 from the end of the month.'
  },
  BYMONTH: (value, rule) => {
    rule.byMonth = value.split(',').map(readNumber)
    return rule.byMonth.every((month) => within(month, 1, 12))
      ? undefined
      : 'BYMONTH is a list of 1 to 12.'
  },
  BYSETPOS: (value, rule) => {
    rule.bySetPos = value.split(',').map(readNumber)
    return rule.bySetPos.every((at) => within(Math.abs(at), 1, 366))
      ? undefined
      : 'BYSETPOS is a list of 1 to 366, or -366 to -1 from the end.'
  },
  WKST: (value, rule) => {
    rule.wkst = value
    return /^(MO|TU|WE|TH|FR|SA|SU)$/.test(value) ? undefined : 'WKST is a day such as MO.'
  },
}

/** Faults are appended to `errors`, each with what to write instead. */
export function readRule(text: string, errors: FieldError[]): Rule {
  const rule: Rule = { freq: 'DAILY', interval: 1 }
  const seen = new Set<string>()
  const refuse = (detail: string) => errors.push({ pointer: '#/rule', detail })
  for (const part of text.replace(/^RRULE:/, '').split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=([^=]+)$/.exec(part) ?? []
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (!read) {
      refuse(`Use only ${Object.keys(readers).join(', ')}, not "${part}".`)
      continue
    }
    const fault = seen.has(name) ? `${name} is given twice.` : read(value, rule)
    if (fault) refuse(fault)
    seen.add(name)
  }
  if (!seen.has('FREQ')) refuse('The rule needs FREQ, as in FREQ=WEEKLY;COUNT=10.')
  if (seen.has('COUNT') === seen.has('UNTIL')) refuse('The rule ends by either COUNT or UNTIL.')
  if (seen.has('BYSETPOS') && !['BYDAY', 'BYMONTHDAY', 'BYMONTH'].some((name) => seen.has(name))) {
    refuse('BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH.')
  }
  if (rule.freq === 'WEEKLY' && seen.has('BYMONTHDAY')) refuse('BYMONTHDAY needs MONTHLY.')
  if (/^(DAILY|WEEKLY)$/.test(rule.freq) && rule.byDay?.some((day) => day.length > 2)) {
    refuse('BYDAY with a number needs MONTHLY or YEARLY.')
  }
  return rule
}

function readNumber(text: string): number {
  return /^[+-]?\d{1,4}$/.test(text) ? Number(text) : NaN
}

function within(value: number, min: number, max: number): boolean {
  return value >= min && value <= max
}

function isOrdinal(day: string): boolean {
  return day.length === 2 || within(Math.abs(Number(day.slice(0, -2))), 1, 53)
}

function isTime(text: string): boolean {
  try {
    Temporal.PlainDateTime.from(text.replace('Z', ''), { overflow: 'reject' })
    return true
  } catch {
    return false
  }
}
