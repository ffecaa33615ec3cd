import type { Weekday } from '../../../shared/schemas/policy.ts'
import type { Rules, Span } from './rules.ts'
import { toDate, toDay, toInstantOf, toWeekday } from './wall-clock.ts'

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

/** Opening times on the days a span touches, in order; adjacent ones are merged. */
export function* listOpen(rules: Opening, { from, to }: Span): Generator<Span> {
  const zone = rules.time_zone
  const last = toDay(to - 1, zone)
  let open: Span | undefined
  for (let day = toDay(from, zone); day <= last; day++) {
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

/** Whether it is open for the whole span. */
export function isOpenThroughout(rules: Opening, { from, to }: Span): boolean {
  // Day by day, as most spans meet a gap at the end of the first.
  let until = from
  while (until < to) {
    const day = { from: until, to: until + 1 }
    const open = [...listOpen(rules, day)].find((it) => it.from <= until && until < it.to)
    if (!open) return false
    until = open.to
  }
  return true
}

/** Whether it is open at the start and at the end. */
export function isOpenAtEnds(rules: Opening, { from, to }: Span): boolean {
  const atStart = [...listOpen(rules, { from, to: from + 1 })]
  const atEnd = [...listOpen(rules, { from: to - 1, to })]
  return (
    atStart.some((open) => open.from <= from && from < open.to) &&
    atEnd.some((open) => open.from < to && to <= open.to)
  )
}

/** The hours of the day a time is on. */
export function hoursAt(rules: Opening, time_ms: number): { from: string; to: string }[] {
  return hoursOf(rules, toDay(time_ms, rules.time_zone)).map(({ from, to }) => ({ from, to }))
}

function hoursOf({ opening_hours, closed }: Opening, day: number) {
  if (closed?.includes(toDate(day))) return []
  if (!opening_hours) return allDay
  const name = weekdays[toWeekday(day)] as Weekday
  return opening_hours
    .filter(({ days }) => days.includes(name))
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
}
