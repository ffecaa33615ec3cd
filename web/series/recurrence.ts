/** The choices that make up a recurrence rule. */
export interface Recurrence {
  unit: 'day' | 'week' | 'month'
  interval: number
  /** Weekdays, two letters each. */
  weekdays: readonly string[]
  /** Within a month: the same day, the same weekday of the same week, or the last one. */
  monthly: 'day' | 'weekday' | 'last_weekday'
  end: 'count' | 'until'
  count: number
  /** `2027-06-30`, inclusive. */
  until: string
}

/** Monday first, as RFC 5545 writes them. */
export const weekdayCodes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const

/** The rule of RFC 5545 section 3.3.10. @param first `2027-06-02`, the first day */
export function toRule(recurrence: Recurrence, first: string): string {
  const { unit, interval, end, count, until } = recurrence
  const parts = [
    `FREQ=${{ day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY' }[unit]}`,
    interval > 1 ? `INTERVAL=${interval}` : '',
    toDays(recurrence, first),
    end === 'count' ? `COUNT=${count}` : `UNTIL=${until.replaceAll('-', '')}`,
  ]
  return parts.filter(Boolean).join(';')
}

function toDays({ unit, weekdays, monthly }: Recurrence, first: string): string {
  if (unit === 'day') return ''
  const { day, weekday, nth } = placeOf(first)
  if (unit === 'week') {
    const chosen = weekdayCodes.filter((code) => weekdays.includes(code))
    return `BYDAY=${chosen.length > 0 ? chosen.join(',') : weekday}`
  }
  if (monthly === 'day') return `BYMONTHDAY=${day}`
  return `BYDAY=${monthly === 'weekday' ? nth : -1}${weekday}`
}

/** The position of a day in its week and month. */
export function placeOf(date: string): { day: number; weekday: string; nth: number } {
  const at = new Date(`${date}T00:00:00Z`)
  const day = at.getUTCDate()
  const weekday = weekdayCodes[(at.getUTCDay() + 6) % 7] ?? 'MO'
  return { day, weekday, nth: Math.ceil(day / 7) }
}
