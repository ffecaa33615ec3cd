import { locale } from '../i18n.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import type { ViewName } from '../bookings/span.ts'
import { day_ms, hour_ms, minute_ms } from '../../shared/duration.ts'
import { addDays, startOfDay } from '../time.ts'

export type TimelineView = Exclude<ViewName, 'list'>

/** The position of a time in a window: 0 at its start, 1 at its end. */
export function placeOf(at: number, { from, to }: TimeSpan): number {
  return (at - from.getTime()) / (to.getTime() - from.getTime())
}

export function timeAt(place: number, { from, to }: TimeSpan): number {
  return from.getTime() + place * (to.getTime() - from.getTime())
}

// The units of a drag. A month has room for days only.
const units_ms = { day: 15 * minute_ms, week: hour_ms, month: day_ms }

/** The start of the unit around a time, in the viewer's zone. */
export function floorToUnit(at: number, view: TimelineView): Date {
  const day = startOfDay(new Date(at))
  if (view === 'month') return day
  const unit = units_ms[view]
  return new Date(day.getTime() + Math.floor((at - day.getTime()) / unit) * unit)
}

/** A number of units later. */
export function addUnits(at: Date, units: number, view: TimelineView): Date {
  if (view === 'month') return addDays(at, units)
  return new Date(at.getTime() + units * units_ms[view])
}

/** A part of the window in units. */
export function toUnits(part: number, { from, to }: TimeSpan, view: TimelineView): number {
  return Math.round((part * (to.getTime() - from.getTime())) / units_ms[view])
}

/** A line of the scale, with its label. */
export interface Tick {
  place: number
  label: string
  /** Whether it is the start of a day. */
  isDay: boolean
  isWeekend: boolean
}

const stepHours = { day: 1, week: 6, month: 24 }
// More labels than this would overlap.
const labelEveryHours = { day: 2, week: 12, month: 24 }

export function listTicks(window: TimeSpan, view: TimelineView): Tick[] {
  const day = new Intl.DateTimeFormat(locale.value, { weekday: 'short', day: 'numeric' })
  const date = new Intl.DateTimeFormat(locale.value, { day: 'numeric' })
  const time = new Intl.DateTimeFormat(locale.value, { hour: '2-digit', minute: '2-digit' })
  const ticks: Tick[] = []
  for (let start = window.from; start < window.to; start = addDays(start, 1)) {
    const isWeekend = start.getDay() % 6 === 0
    const next = addDays(start, 1)
    for (let hour = 0; hour < 24; hour += stepHours[view]) {
      // In local time, so that a day with a clock change has all its hours in place.
      const at = new Date(start)
      at.setHours(hour)
      if (at >= next) break
      const isDay = hour === 0
      const name = view === 'month' ? date : view === 'week' && isDay ? day : time
      const label = isDay || hour % labelEveryHours[view] === 0 ? name.format(at) : ''
      ticks.push({ place: placeOf(at.getTime(), window), label, isDay, isWeekend })
    }
  }
  return ticks
}
