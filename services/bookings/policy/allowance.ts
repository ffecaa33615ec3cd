import type { Quota } from '../../../shared/schemas/policy.ts'
import type { Effective, Span } from './rules.ts'
import { toDate, toDay, toInstantOf, toWeekday } from './wall-clock.ts'
import { hour_ms } from '../../../shared/duration.ts'

/** A person's limit within a window: a day, a week, a month, or at any one moment. */
export interface Allowance {
  /** The target whose quota it is; all bookings it governs count. */
  scope: string
  unit: 'hours' | 'count' | 'moment'
  window: Span
  /** Milliseconds, or resources. */
  max: number
  detail: string
}

/**
 * The allowances a booking draws on. Hours count in each window they touch; a number counts in the
 * window of its start.
 */
export function listAllowances({ rules, quotaScope: scope }: Effective, span: Span): Allowance[] {
  const { quotas = [], time_zone } = rules
  if (scope === null) return []
  return quotas.flatMap((quota): Allowance[] => {
    const { per, hours, count } = quota
    if (per === 'moment') {
      const detail = `You may have at most ${count} at once.`
      return [{ scope, unit: 'moment', window: span, max: count ?? Infinity, detail }]
    }
    const windows = listWindows(per, span, time_zone)
    const ofHours = windows.map((window): Allowance => {
      const max = (hours ?? Infinity) * hour_ms
      return { scope, unit: 'hours', window, max, detail: sayQuota(`${hours} hours`, per) }
    })
    const ofCount = windows.slice(0, 1).map((window): Allowance => {
      return {
        scope,
        unit: 'count',
        window,
        max: count ?? Infinity,
        detail: sayQuota(`${count}`, per),
      }
    })
    return [...ofHours, ...ofCount].filter(({ max }) => Number.isFinite(max))
  })
}

function sayQuota(amount: string, per: Quota['per']): string {
  return `You may have at most ${amount} a ${per}, including what you have booked.`
}

function* listWindowsOf(per: Exclude<Quota['per'], 'moment'>, span: Span, zone: string) {
  let day = toDay(span.from, zone)
  if (per === 'week') day -= toWeekday(day)
  if (per === 'month') day = toFirstOfMonth(day)
  for (;;) {
    // No month has more than 31 days, and no two months have fewer.
    const next = per === 'month' ? toFirstOfMonth(day + 31) : day + (per === 'week' ? 7 : 1)
    const window = { from: toInstantOf(day, '00:00', zone), to: toInstantOf(next, '00:00', zone) }
    yield window
    if (window.to >= span.to) return
    day = next
  }
}

function toFirstOfMonth(day: number): number {
  return day + 1 - Number(toDate(day).slice(8))
}

function listWindows(per: Exclude<Quota['per'], 'moment'>, span: Span, zone: string): Span[] {
  return [...listWindowsOf(per, span, zone)]
}
