import type { Weekday } from '../../../shared/schemas/policy.ts'
import type { Rules, Span } from './rules.ts'
import { toInstantOf, toLocal } from './wall-clock.ts'

type Opening = Pick<Rules, 'opening_hours' | 'closed' | 'time_zone'>

const weekdays: Weekday[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
]
const allDay = [{ from: '00:00', to: '24:00' }]

/** When it is open on the days that a span touches, in order; what adjoins is one span. */
export function* listOpen(rules: Opening, { from, to }: Span): Generator<Span> {
  const zone = rules.time_zone
  const last = toLocal(to - 1, zone).toPlainDate()
  let open: Span | undefined
  let day = toLocal(from, zone).toPlainDate()
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    for (const hours of hoursOf(rules, day)) {
      const [begin, end] = [hours.from, hours.to].map((time) => toInstantOf(day, time, zone))
      if (begin === undefined || end === undefined || begin >= end) continue
      if (open && begin <= open.to) {
        open = { from: open.from, to: Math.max(open.to, end) }
        continue
      }
      if (open) yield open
      open = { from: begin, to: end }
    }
  }
  if (open) yield open
}

/** Whether it is open all the time. */
export function isOpenThroughout(rules: Opening, { from, to }: Span): boolean {
  // Day by day, since most spans meet a gap at the end of the first.
  let until = from
  while (until < to) {
    const day = { from: until, to: until + 1 }
    const open = [...listOpen(rules, day)].find((it) => it.from <= until && until < it.to)
    if (!open) return false
    until = open.to
  }
  return true
}

/** Whether it is open when it begins and when it ends. */
export function isOpenAtEnds(rules: Opening, { from, to }: Span): boolean {
  const atStart = [...listOpen(rules, { from, to: from + 1 })]
  const atEnd = [...listOpen(rules, { from: to - 1, to })]
  return (
    atStart.some((open) => open.from <= from && from < open.to) &&
    atEnd.some((open) => open.from < to && to <= open.to)
  )
}

function hoursOf({ opening_hours, closed }: Opening, day: Temporal.PlainDate) {
  if (closed?.includes(day.toString())) return []
  if (!opening_hours) return allDay
  const name = weekdays[day.dayOfWeek - 1] as Weekday
  return opening_hours
    .filter(({ days }) => days.includes(name))
    .toSorted((a, b) => a.from.localeCompare(b.from))
}
