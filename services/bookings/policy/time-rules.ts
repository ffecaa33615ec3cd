import { isOpenAtEnds, isOpenThroughout, sayHours } from './opening.ts'
import type { Rules, Span } from './rules.ts'
import { earlier, isOnGrid, later, toDate, toDay, toMinutes } from './wall-clock.ts'
import { sayDuration, sayTime } from './words.ts'

export interface AskedTime {
  span: Span
  /** In milliseconds since 1970. */
  now: number
  /** The current span of a booking that is moved: an unchanged start is not judged again. */
  before?: Span | undefined
}

/** Why a rule refuses a time; undefined if it does not. */
type TimeRule = (rules: Rules, asked: AskedTime) => string | undefined

/** Rules about time, by policy field. */
const timeRules = {
  opening_hours: (rules, { span }) => {
    if (!rules.opening_hours || isOpen({ ...rules, closed: [] }, span)) return undefined
    const first = `Hours on the first day: ${sayHours({ ...rules, closed: [] }, span.from)}.`
    return rules.opening_applies === 'ends'
      ? `It must begin and end within the opening hours. ${first}`
      : `It is open for only part of that time. ${first}`
  },
  closed: ({ closed = [], opening_applies, time_zone }, { span }) => {
    const first = toDate(toDay(span.from, time_zone))
    const last = toDate(toDay(span.to - 1, time_zone))
    if (opening_applies === 'ends') {
      const isClosed = closed.includes(first) || closed.includes(last)
      return isClosed ? 'It is closed on the day it begins or ends.' : undefined
    }
    // ISO 8601 dates sort as text.
    const isClosed = closed.some((day) => first <= day && day <= last)
    return isClosed ? 'It is closed on a day of that time.' : undefined
  },
  minimum_duration: ({ minimum_duration: shortest, time_zone }, { span }) => {
    if (shortest === undefined || later(span.from, shortest, time_zone) <= span.to) return undefined
    return `Book it for at least ${sayDuration(shortest)}.`
  },
  maximum_duration: ({ maximum_duration: longest, time_zone }, { span }) => {
    if (longest === undefined || later(span.from, longest, time_zone) >= span.to) return undefined
    return `Book it for at most ${sayDuration(longest)}.`
  },
  granularity: ({ granularity, time_zone }, { span }) => {
    if (granularity === undefined) return undefined
    const minutes = toMinutes(granularity)
    const isOn = (time: number) => isOnGrid(time, minutes, time_zone)
    if (isOn(span.from) && isOn(span.to)) return undefined
    return `Begin and end on multiples of ${sayDuration(granularity)}, counted from midnight.`
  },
  minimum_notice: ({ minimum_notice: notice, time_zone }, { span, now, before }) => {
    if (notice === undefined || span.from === before?.from) return undefined
    if (later(now, notice, time_zone) <= span.from) return undefined
    const latest = sayTime(earlier(span.from, notice, time_zone), time_zone)
    if (toMinutes(notice) === 0) return 'That time has already begun. Book a later one.'
    return `Book it at least ${sayDuration(notice)} before it begins: by ${latest}.`
  },
  maximum_ahead: ({ maximum_ahead: ahead, time_zone }, { span, now, before }) => {
    if (ahead === undefined || span.from === before?.from) return undefined
    const last = later(now, ahead, time_zone)
    if (span.from <= last) return undefined
    return `Book it at most ${sayDuration(ahead)} ahead: today, until ${sayTime(last, time_zone)}.`
  },
} satisfies Record<string, TimeRule>

/** Every rule that refuses the time, with its reason. */
export function refuseTime(rules: Rules, asked: AskedTime): { rule: string; detail: string }[] {
  return Object.entries<TimeRule>(timeRules).flatMap(([rule, judge]) => {
    const detail = judge(rules, asked)
    return detail === undefined ? [] : [{ rule, detail }]
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
