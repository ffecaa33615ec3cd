import type { Weekday } from '../../shared/schemas/policy.ts'
import { day_ms } from '../../shared/duration.ts'
import { locale } from '../i18n.ts'

export const weekdays: readonly Weekday[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
]

// A Monday.
const monday = Date.UTC(2024, 0, 1)
/** `Mon` */
export function nameWeekday(day: Weekday): string {
  const at = monday + weekdays.indexOf(day) * day_ms
  return new Intl.DateTimeFormat(locale.value, { weekday: 'short', timeZone: 'UTC' }).format(at)
}

/** `Mon–Fri, Sun`: three or more in a row as a range. */
export function describeDays(days: readonly Weekday[]): string {
  const wanted = weekdays.map((day) => days.includes(day))
  const parts: string[] = []
  for (let at = 0; at < weekdays.length; at++) {
    if (!wanted[at]) continue
    let last = at
    while (wanted[last + 1]) last++
    const [from, to] = [weekdays[at], weekdays[last]] as [Weekday, Weekday]
    if (last - at >= 2) parts.push(`${nameWeekday(from)}–${nameWeekday(to)}`)
    else parts.push(...weekdays.slice(at, last + 1).map(nameWeekday))
    at = last
  }
  return parts.join(', ')
}
