import type { ProblemCode } from '../../../shared/problem-code.ts'
import { invalid, type FieldError } from '../../../shared/problem.ts'
import { isTimeZone, toLocal } from '../../../shared/time-zone.ts'
import { occurrencesMax, readRule, yearsMax, type Rule } from './rule.ts'

/** The first booking, in milliseconds since 1970, and the rule it recurs by. */
export interface Repeating {
  rule: string
  time_zone: string
  from: number
  to: number
}

/** One booking of a series, identified by its local day even if it is moved. */
export interface Occurrence {
  date: string
  from: number
  to: number
}

// One step per day: five years cover every rule.
const stepsMax = 366 * yearsMax + 10

/**
 * All bookings of a series in local time of its zone: 9 to 17 stays 9 to 17 when the clocks change.
 * A skipped start is left out (RFC 5545 section 3.3.10); of an ambiguous one the first counts
 * (section 3.3.5).
 * @throws 422 listing every fault of the rule and the zone; `series_overlaps_itself`
 */
export async function expand(repeating: Repeating): Promise<Occurrence[]> {
  const { rule: text, time_zone, from, to } = repeating
  const errors: FieldError[] = []
  const rule = readRule(text, errors)
  if (!isTimeZone(time_zone)) {
    errors.push({
      pointer: '#/time_zone',
      detail: 'Not a time zone. Use one such as Europe/Berlin.',
    })
  }
  if (errors.length > 0) throw invalid(errors)
  const start = toLocal(from, time_zone)
  const horizon = start.add({ years: yearsMax })
  const until = readUntil(rule, time_zone)
  if (until && Temporal.ZonedDateTime.compare(until, horizon) > 0) throw tooLong()
  const starts = await listStarts(rule, start, until ?? horizon)
  if (starts.length > occurrencesMax) throw tooMany()
  if (rule.count !== undefined && starts.length < rule.count) throw tooLong(starts.length)
  const [first] = starts
  if (first?.epochMilliseconds !== from) throw startsElsewhere(start, first)
  const end = toLocal(to, time_zone)
  const length = start.toPlainDateTime().until(end.toPlainDateTime(), { largestUnit: 'day' })
  const occurrences = starts.map((one, at): Occurrence => {
    const until_ms = one.toPlainDateTime().add(length).toZonedDateTime(time_zone).epochMilliseconds
    const begin = one.epochMilliseconds
    // If the clock change swallows all of it, it lasts as long as the first one.
    const isLeft = at > 0 && until_ms > begin
    return { date: toDate(one), from: begin, to: isLeft ? until_ms : begin + (to - from) }
  })
  requireApart(occurrences)
  return occurrences
}

async function listStarts(
  rule: Rule,
  dtstart: Temporal.ZonedDateTime,
  until: Temporal.ZonedDateTime,
) {
  const { RRuleTemporal } = await import('rrule-temporal')
  const { timeZoneId: tzid } = dtstart
  const iterated = new RRuleTemporal({ ...rule, dtstart, tzid, until, maxIterations: stepsMax })
  // One more than allowed shows that there are too many.
  return iterated.all((_, at) => at <= occurrencesMax)
}

function readUntil({ until }: Rule, time_zone: string): Temporal.ZonedDateTime | undefined {
  if (until === undefined) return undefined
  if (until.endsWith('Z')) return Temporal.Instant.from(until).toZonedDateTimeISO(time_zone)
  return Temporal.PlainDate.from(until).toPlainDateTime('23:59:59').toZonedDateTime(time_zone)
}

/** @throws 422 `series_overlaps_itself` unless each ends before the next begins */
export function requireApart(occurrences: readonly Occurrence[]): void {
  for (const [at, { date, from }] of occurrences.entries()) {
    const before = occurrences[at - 1]
    if (!before || before.to <= from) continue
    const detail = `The booking of ${before.date} ends after that of ${date} begins.`
    throw refused('#/to', detail, 'series_overlaps_itself')
  }
}

function toDate(time: Temporal.ZonedDateTime): string {
  return time.toPlainDate().toString()
}

function startsElsewhere(start: Temporal.ZonedDateTime, first: Temporal.ZonedDateTime | undefined) {
  const detail = `The rule does not fit the first booking, on ${toDate(start)}.`
  const hint = first ? ` Its first day is ${toDate(first)}.` : ' It matches no day at all.'
  return refused('#/from', detail + hint)
}

function tooMany() {
  return refused('#/rule', `A series has at most ${occurrencesMax} bookings. End it earlier.`)
}

function tooLong(count?: number) {
  const hint = count === undefined ? 'End it earlier.' : `Only ${count} are within them.`
  return refused('#/rule', `A series lasts at most ${yearsMax} years. ${hint}`)
}

function refused(pointer: string, detail: string, code?: ProblemCode) {
  return invalid([{ pointer, detail }], code)
}
