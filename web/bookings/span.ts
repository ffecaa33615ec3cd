import type { Allocation, NewAllocation } from '../../shared/schemas/allocation.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { t } from '../i18n.ts'
import { isAdmin } from '../session/session.ts'
import { hour_ms } from '../../shared/duration.ts'
import { readSlotGrid, toSlotEnd, toSlotStart } from '../../shared/slot-grid.ts'
import { addDays, ceilToHour, formatRange, formatTime, startOfDay } from '../time.ts'
import type { TimeSpan } from './inventory.ts'

export const viewNames = ['day', 'week', 'month', 'list'] as const
export type ViewName = (typeof viewNames)[number]

const listDays = 14

/** The range a view shows around a day. Weeks begin on Monday (ISO 8601). */
export function windowOf(view: ViewName, date: Date): TimeSpan {
  const day = startOfDay(date)
  if (view === 'day') return { from: day, to: addDays(day, 1) }
  if (view === 'list') return { from: day, to: addDays(day, listDays) }
  if (view === 'week') {
    const monday = addDays(day, -((day.getDay() + 6) % 7))
    return { from: monday, to: addDays(monday, 7) }
  }
  const first = new Date(day.getFullYear(), day.getMonth(), 1)
  return { from: first, to: new Date(day.getFullYear(), day.getMonth() + 1, 1) }
}

/** The day for the previous or next view. */
export function step(view: ViewName, date: Date, direction: 1 | -1): Date {
  if (view === 'month') return new Date(date.getFullYear(), date.getMonth() + direction, 1)
  const days = { day: 1, week: 7, list: listDays }[view]
  return addDays(date, direction * days)
}

/** An hour, from the next full one. */
export function nextHour(): TimeSpan {
  const from = ceilToHour(new Date())
  return { from, to: new Date(from.getTime() + hour_ms) }
}

/** Interval resources take whole slots: the smallest span of them around the drawn one. */
export function fitToGrid(span: TimeSpan, type: ResourceType): TimeSpan {
  const grid = readSlotGrid(type)
  if (!grid) return span
  const from = toSlotStart(span.from.getTime(), grid)
  const to = toSlotEnd(span.to.getTime(), grid)
  return { from: new Date(from), to: new Date(Math.max(to, from + grid.length_ms)) }
}

/** A moved booking keeps its length, and begins at the nearest slot. */
export function moveToGrid(span: TimeSpan, type: ResourceType): TimeSpan {
  const grid = readSlotGrid(type)
  if (!grid) return span
  const { length_ms: length } = grid
  const from = toSlotStart(span.from.getTime() + length / 2, grid)
  const slots = Math.ceil((span.to.getTime() - span.from.getTime()) / length)
  return { from: new Date(from), to: new Date(from + slots * length) }
}

/** A span in words, with or without bounds. */
export function describeSpan(span: Pick<Allocation, 'from_datetime' | 'to_datetime'>): string {
  const { from_datetime: from, to_datetime: to } = span
  if (from && to) return formatRange(from, to)
  if (from) return t('span.from', { from: formatTime(from) })
  if (to) return t('span.until', { to: formatTime(to) })
  return t('span.always')
}

/** Null: without one. */
export function boundsOf(span: Pick<Allocation, 'from_datetime' | 'to_datetime'>) {
  const toDate = (at: string | null) => (at === null ? null : new Date(at))
  return { from: toDate(span.from_datetime), to: toDate(span.to_datetime) }
}

/** In one line: what for, and when. */
export function describeAllocation(allocation: Allocation): string {
  const { description } = allocation
  return [description, describeSpan(allocation)].filter(Boolean).join(', ')
}

/** An existing booking as a new one: to move it elsewhere, or restore it. */
export function toNewAllocation(allocation: Allocation): NewAllocation {
  const { from_infinity, to_infinity, from_datetime, to_datetime } = allocation
  const { allocation_type, description, dump, booked_for, reference } = allocation
  const bounds = { from_infinity, to_infinity, from_datetime, to_datetime }
  // Other users book for themselves only.
  const whose = { ...(isAdmin.value && { booked_for }), ...(reference && { reference }) }
  return { ...bounds, allocation_type, description, dump, ...whose }
}

/** The part of an allocation inside a window. */
export function clip(
  { from_datetime, to_datetime }: Pick<Allocation, 'from_datetime' | 'to_datetime'>,
  { from, to }: TimeSpan,
): TimeSpan {
  const start = from_datetime ? Date.parse(from_datetime) : -Infinity
  const end = to_datetime ? Date.parse(to_datetime) : Infinity
  return {
    from: new Date(Math.max(start, from.getTime())),
    to: new Date(Math.min(end, to.getTime())),
  }
}
