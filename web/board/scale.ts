import { locale } from '../i18n.ts'
import type { Window } from '../bookings/inventory.ts'
import type { ViewName } from '../bookings/span.ts'
import { addDays, day_ms, hour_ms, minute_ms, startOfDay } from '../time.ts'

export type TimelineView = Exclude<ViewName, 'list'>

/** Where a time is in a window: 0 at its start, 1 at its end. */
export function placeOf(at: number, { from, to }: Window): number {
  return (at - from.getTime()) / (to.getTime() - from.getTime())
}

export function timeAt(place: number, { from, to }: Window): number {
  return from.getTime() + place * (to.getTime() - from.getTime())
}

// What a drag goes by. A month has room for days only.
const units_ms = { day: 15 * minute_ms, week: hour_ms, month: day_ms }

/** The start of the unit that a time is in, on the clock of the viewer. */
export function floorToUnit(at: number, view: TimelineView): Date {
  const day = startOfDay(new Date(at))
  if (view === 'month') return day
  const unit = units_ms[view]
  return new Date(day.getTime() + Math.floor((at - day.getTime()) / unit) * unit)
}

/** The same, a number of units on. */
export function addUnits(at: Date, units: number, view: TimelineView): Date {
  if (view === 'month') return addDays(at, units)
  return new Date(at.getTime() + units * units_ms[view])
}

/** How many units a part of the window is. */
export function toUnits(part: number, { from, to }: Window, view: TimelineView): number {
  return Math.round((part * (to.getTime() - from.getTime())) / units_ms[view])
}

/** A line of the scale, and what stands above it. */
export interface Tick {
  place: number
  label: string
  /** Whether it is the start of a day. */
  isDay: boolean
  isWeekend: boolean
}

const stepHours = { day: 1, week: 6, month: 24 }
// More labels than this have no room beside each other.
const labelEveryHours = { day: 2, week: 12, month: 24 }

export function listTicks(window: Window, view: TimelineView): Tick[] {
  const day = new Intl.DateTimeFormat(locale.value, { weekday: 'short', day: 'numeric' })
  const date = new Intl.DateTimeFormat(locale.value, { day: 'numeric' })
  const time = new Intl.DateTimeFormat(locale.value, { hour: '2-digit', minute: '2-digit' })
  const ticks: Tick[] = []
  for (let start = window.from; start < window.to; start = addDays(start, 1)) {
    const isWeekend = start.getDay() % 6 === 0
    const next = addDays(start, 1)
    for (let hour = 0; hour < 24; hour += stepHours[view]) {
      // By the clock, so that a day on which it changes has all of its hours at their places.
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
