import { readComponents, refuse, type Component, type ContentLine } from './content-lines.ts'

/** A day such as `2027-12-25`, and its name in the calendar. */
export interface Holiday {
  day: string
  name: string
}

// As many as a policy may have.
const daysMax = 400
// How far recurring events are expanded.
const years = 5
const daysOfEventMax = 366
// Before duplicates are merged.
const daysReadMax = 4000

/**
 * Extracts the days of a holiday calendar (RFC 5545): all-day events, single or yearly.
 * @param today days before its year are left out
 * @returns each day once, in order
 * @throws 422 `calendar_invalid` naming the faulty line
 */
export function readHolidays(text: string, today: Temporal.PlainDate): Holiday[] {
  const first = today.with({ month: 1, day: 1 })
  const last = first.add({ years })
  const names = new Map<string, string>()
  let total = 0
  for (const event of readComponents(text).filter(({ name }) => name === 'VEVENT')) {
    if (event.find('STATUS')?.value.toUpperCase() === 'CANCELLED') continue
    const name = toPlainText(event.find('SUMMARY')?.value ?? '')
    const days = listDays(event, { first, last })
    total += days.length
    for (const day of days) if (!names.has(day)) names.set(day, name)
    if (names.size > daysMax || total > daysReadMax) {
      throw refuse(event.line, `There are more than ${daysMax} days: leave some out.`)
    }
  }
  const sorted = [...names].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([day, name]) => ({ day, name }))
}

interface Range {
  first: Temporal.PlainDate
  last: Temporal.PlainDate
}

function listDays(event: Component, range: Range): string[] {
  const begins = event.find('DTSTART')
  if (!begins) throw refuse(event.line, 'This event has no DTSTART.')
  const start = readDay(begins)
  const length = readLength(event, start)
  const unusable = event.find('RDATE') ?? event.find('RECURRENCE-ID')
  if (unusable)
    throw refuse(unusable.line, `${unusable.name} is not supported. List the days instead.`)
  const excluded = new Set(
    event
      .all('EXDATE')
      .flatMap((line) =>
        line.value.split(',').map((value) => readDay({ ...line, value }).toString()),
      ),
  )
  return listStarts(event, start, range)
    .filter((day) => !excluded.has(day.toString()))
    .flatMap((day) => Array.from({ length }, (_, at) => day.add({ days: at })))
    .filter((day) => isWithin(day, range))
    .map((day) => day.toString())
}

function isWithin(day: Temporal.PlainDate, { first, last }: Range): boolean {
  const { compare } = Temporal.PlainDate
  return compare(day, first) >= 0 && compare(day, last) < 0
}

/** A day without a time: `20271225`. */
function readDay({ value, line, name }: ContentLine): Temporal.PlainDate {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(value.trim()) ?? []
  if (day === undefined) {
    throw refuse(line, `${name} must be a whole day, such as ${name};VALUE=DATE:20271225.`)
  }
  try {
    return Temporal.PlainDate.from(`${year}-${month}-${day}`, { overflow: 'reject' })
  } catch {
    throw refuse(line, 'There is no such day.')
  }
}

// DTEND is exclusive (section 3.6.1).
function readLength(event: Component, start: Temporal.PlainDate): number {
  const end = event.find('DTEND')
  const duration = event.find('DURATION')
  if (duration) {
    const [, count, unit] = /^\+?P(\d{1,3})([DW])$/.exec(duration.value.trim()) ?? []
    if (count === undefined) throw refuse(duration.line, 'Use a DURATION in days, such as P2D.')
    return requireLength(Number(count) * (unit === 'W' ? 7 : 1), duration.line)
  }
  return end ? requireLength(start.until(readDay(end)).days, end.line) : 1
}

function requireLength(days: number, line: number): number {
  if (days < 1) throw refuse(line, 'It must end after it starts: DTEND is the day after the last.')
  if (days > daysOfEventMax) throw refuse(line, `An event has at most ${daysOfEventMax} days.`)
  return days
}

function listStarts(event: Component, start: Temporal.PlainDate, { first, last }: Range) {
  const rule = event.find('RRULE')
  if (!rule) return [start]
  const { interval, count, until = last } = readRule(rule, start)
  const starts: Temporal.PlainDate[] = []
  // An event of the year before may reach into the first year.
  const skipped = Math.max(0, Math.ceil((first.year - 1 - start.year) / interval))
  for (let at = skipped; at < count; at++) {
    const year = start.year + at * interval
    if (year > last.year) break
    // 29 February exists only in leap years.
    const day = toDay(year, start)
    if (day && Temporal.PlainDate.compare(day, until) <= 0) starts.push(day)
  }
  return starts
}

function toDay(year: number, { month, day }: Temporal.PlainDate) {
  const found = Temporal.PlainDate.from({ year, month, day })
  return found.day === day ? found : undefined
}

interface Rule {
  interval: number
  count: number
  until: Temporal.PlainDate | undefined
}

/** Only yearly on a fixed date: other rules differ between countries. */
function readRule({ value, line }: ContentLine, start: Temporal.PlainDate): Rule {
  const parts = new Map(
    value
      .toUpperCase()
      .split(';')
      .map((part): [string, string] => {
        const [name = '', said = ''] = part.split('=', 2)
        return [name, said]
      }),
  )
  const redundant = new Map([
    ['BYMONTH', start.month],
    ['BYMONTHDAY', start.day],
  ])
  for (const [name, said] of parts) {
    const isKnown =
      name === 'FREQ' ? said === 'YEARLY' : known.has(name) || redundant.get(name) === Number(said)
    if (!isKnown) throw refuse(line, `${name}=${said} is not supported. List the days instead.`)
  }
  const readNumber = (name: string, without: number) => {
    const said = parts.get(name)
    if (said === undefined) return without
    if (!/^[1-9]\d{0,3}$/.test(said)) throw refuse(line, `${name} must be at least 1.`)
    return Number(said)
  }
  const until = parts.get('UNTIL')?.slice(0, 8)
  if (parts.has('COUNT') && start.month === 2 && start.day === 29) {
    throw refuse(line, 'COUNT is not supported on 29 February. List the days instead.')
  }
  return {
    interval: readNumber('INTERVAL', 1),
    count: readNumber('COUNT', Infinity),
    until: until === undefined ? undefined : readDay({ name: 'UNTIL', value: until, line }),
  }
}

const known = new Set(['INTERVAL', 'COUNT', 'UNTIL', 'WKST'])

function toPlainText(value: string): string {
  const plain = value.replace(/\\([\\;,nN])/g, (_, sign: string) => (/n/i.test(sign) ? ' ' : sign))
  return plain.slice(0, 100).toWellFormed()
}
