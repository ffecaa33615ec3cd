import type { RefusingRule } from '../../../shared/schemas/policy.ts'
import { hoursAt, isOpenAtEnds, isOpenThroughout } from './opening.ts'
import type { Rules, Span } from './rules.ts'
import { earlier, isOnGrid, later, toDate, toDay, toMinutes } from './wall-clock.ts'
import { sayDuration, sayHours, sayTime } from './words.ts'

export interface AskedTime {
  span: Span
  /** In milliseconds since 1970. */
  now: number
  /** The current span of a booking that is moved: an unchanged start is not judged again. */
  before?: Span | undefined
}

/** A refusal of one rule, whatever the resource. */
export type Refusal = Omit<RefusingRule, 'resource_type'>

/** Why a rule refuses a time; undefined if it does not. */
type TimeRule = (rules: Rules, asked: AskedTime) => Omit<Refusal, 'rule'> | undefined

/** Rules about time, by policy field. */
const timeRules = {
  opening_hours: (rules, { span }) => {
    if (!rules.opening_hours || isOpen({ ...rules, closed: [] }, span)) return undefined
    const { time_zone, opening_applies } = rules
    const hours = hoursAt({ ...rules, closed: [] }, span.from)
    const why =
      opening_applies === 'ends'
        ? 'It must begin and end within the opening hours.'
        : 'It is open for only part of that time.'
    const detail = `${why} Hours on the first day: ${sayHours(hours, time_zone)}.`
    return { detail, hours, time_zone }
  },
  closed: ({ closed = [], opening_applies, time_zone }, { span }) => {
    const first = toDate(toDay(span.from, time_zone))
    const last = toDate(toDay(span.to - 1, time_zone))
    if (opening_applies === 'ends') {
      const isClosed = closed.includes(first) || closed.includes(last)
      return isClosed ? { detail: 'It is closed on the day it begins or ends.' } : undefined
    }
    // ISO 8601 dates sort as text.
    const isClosed = closed.some((day) => first <= day && day <= last)
    return isClosed ? { detail: 'It is closed on a day of that time.' } : undefined
  },
  minimum_duration: ({ minimum_duration: shortest, time_zone }, { span }) => {
    if (shortest === undefined || later(span.from, shortest, time_zone) <= span.to) return undefined
    return { detail: `Book it for at least ${sayDuration(shortest)}.`, length: shortest }
  },
  maximum_duration: ({ maximum_duration: longest, time_zone }, { span }) => {
    if (longest === undefined || later(span.from, longest, time_zone) >= span.to) return undefined
    return { detail: `Book it for at most ${sayDuration(longest)}.`, length: longest }
  },
  granularity: ({ granularity, time_zone }, { span }) => {
    if (granularity === undefined) return undefined
    const minutes = toMinutes(granularity)
    const isOn = (time: number) => isOnGrid(time, minutes, time_zone)
    if (isOn(span.from) && isOn(span.to)) return undefined
    const multiples = `multiples of ${sayDuration(granularity)}, counted from midnight`
    return { detail: `Begin and end on ${multiples}.`, length: granularity }
  },
  minimum_notice: ({ minimum_notice: notice, time_zone }, { span, now, before }) => {
    if (notice === undefined || span.from === before?.from) return undefined
    if (later(now, notice, time_zone) <= span.from) return undefined
    const latest = sayTime(earlier(span.from, notice, time_zone), time_zone)
    if (toMinutes(notice) === 0) return { detail: 'That time has already begun. Book a later one.' }
    const detail = `Book it at least ${sayDuration(notice)} before it begins: by ${latest}.`
    return { detail, length: notice }
  },
  maximum_ahead: ({ maximum_ahead: ahead, time_zone }, { span, now, before }) => {
    if (ahead === undefined || span.from === before?.from) return undefined
    const last = later(now, ahead, time_zone)
    if (span.from <= last) return undefined
    const until = sayTime(last, time_zone)
    const detail = `Book it at most ${sayDuration(ahead)} ahead: today, until ${until}.`
    return { detail, length: ahead }
  },
} satisfies Record<string, TimeRule>

/** Every rule that refuses the time, with its reason. */
export function refuseTime(rules: Rules, asked: AskedTime): Refusal[] {
  return Object.entries<TimeRule>(timeRules).flatMap(([rule, judge]) => {
    const refusal = judge(rules, asked)
    return refusal === undefined ? [] : [{ rule, ...refusal }]
  })
}

/** Whether no rule refuses the time; stops at the first that does. */
export function isTimeAllowed(rules: Rules, asked: AskedTime): boolean {
  return cheapestFirst.every((judge) => judge(rules, asked) === undefined)
}

// Opening hours are looked up day by day.
const cheapestFirst = Object.values<TimeRule>(timeRules).toReversed()

function isOpen(rules: Rules, span: Span): boolean {
  return rules.opening_applies === 'ends'
    ? isOpenAtEnds(rules, span)
    : isOpenThroughout(rules, span)
}
