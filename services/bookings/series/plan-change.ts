import { invalid, notFound } from '../../../shared/problem.ts'
import type { BookingSeriesChange } from '../../../shared/schemas/booking-series.ts'
import { toLocal } from '../../../shared/time-zone.ts'
import { requireLength } from '../booking-values.ts'
import type { Stored } from '../settle.ts'
import { isOpen } from '../state.ts'
import type { OccurrenceRow } from '../tables.ts'
import { requireNotOver, requireOpen } from '../transition.ts'
import { requireApart, type Occurrence } from './expand.ts'
import type { FoundSeries } from './find-series.ts'

type Scope = Pick<BookingSeriesChange, 'scope' | 'date'>

/** A changed day: its new time, and its booking if it has one. */
export interface PlannedDay {
  day: Occurrence
  stored: Stored | undefined
  /** Whether its booking gets a new time. */
  isMoved: boolean
}

/** The days in scope. @throws 422 without a day, 404 if the series has no such day */
function listInScope(days: OccurrenceRow[], { scope, date }: Scope): OccurrenceRow[] {
  if (scope === 'all') return days
  if (date === undefined) {
    throw invalid([{ pointer: '#/date', detail: `Give the day, as scope is ${scope}.` }])
  }
  if (!days.some((day) => day.date === date)) throw notFound('occurrence', date)
  return days.filter((day) => (scope === 'this' ? day.date === date : day.date >= date))
}

/** The bookings in scope. @throws as above */
export function toScope({ days, stored }: FoundSeries, body: Scope): Stored[] {
  const ids = new Set(listInScope(days, body).map(({ booking_id }) => booking_id))
  return stored.filter(({ row }) => ids.has(row.id))
}

/**
 * Which days change, and their new times. Days that have begun or ended, or are not among `own`,
 * stay as they are, and those moved individually keep their time unless it is part of the change.
 * @throws 422 `series_overlaps_itself`; 409 for a single day that can no longer be changed
 */
export function planChange(
  { row: { time_zone }, days, stored, own: theirs }: FoundSeries & { own: Stored[] },
  body: BookingSeriesChange,
  now: number,
): PlannedDay[] {
  requireDuration(body)
  const byId = new Map(stored.map((one) => [one.row.id, one]))
  const named = listInScope(days, body)
  const planned = named.flatMap((row): PlannedDay[] => {
    const own = byId.get(row.booking_id ?? '')
    const isLive = own !== undefined && isOpen(own.row.state)
    if (body.scope === 'this' && own) {
      requireOpen(own.row)
      requireNotOver({ ...own.row, to_datetime: own.row.from_datetime }, now)
    }
    const from = isLive ? own.row.from_datetime : row.from_datetime
    const isLeft = isLive ? !theirs.includes(own) : own !== undefined && !isAgain(own)
    if (from <= now || isLeft) return []
    const is = isLive ? toSpan(own.row) : toSpan(row)
    const stays = isLive && isMovedAlone(own, row) && !body.include_moved
    const next = stays ? is : toNext(row, body, time_zone)
    const day = { date: row.date, ...next }
    if (isLive) requireLength(next)
    const isMoved = isLive && (next.from !== is.from || next.to !== is.to)
    return [{ day, stored: isLive ? own : undefined, isMoved }]
  })
  const isMoving = planned.some(({ isMoved }) => isMoved)
  if (isMoving) requireApart(toAll(days, planned, byId))
  return planned
}

function requireDuration({ duration }: BookingSeriesChange): void {
  if (duration === undefined || /[1-9]/.test(duration)) return
  throw invalid([{ pointer: '#/duration', detail: 'Give how long each day lasts: PT2H30M.' }])
}

// It has ended, so its day can be booked again.
function isAgain({ row: { state } }: Stored): boolean {
  return !isOpen(state) && state !== 'checked_out' && state !== 'late' && state !== 'returned'
}

function isMovedAlone({ row }: Stored, day: OccurrenceRow): boolean {
  return row.from_datetime !== day.from_datetime || row.to_datetime !== day.to_datetime
}

function toSpan({ from_datetime, to_datetime }: Pick<OccurrenceRow, Bounds>) {
  return { from: from_datetime, to: to_datetime }
}

type Bounds = 'from_datetime' | 'to_datetime'

/** The new time on its day; a skipped time moves by the gap (RFC 5545 3.3.5). */
function toNext(row: OccurrenceRow, { start_time, duration }: BookingSeriesChange, zone: string) {
  if (start_time === undefined && duration === undefined) return toSpan(row)
  const [was, end] = [row.from_datetime, row.to_datetime].map((time) =>
    toLocal(time, zone).toPlainDateTime(),
  ) as [Temporal.PlainDateTime, Temporal.PlainDateTime]
  const length = duration ?? was.until(end, { largestUnit: 'day' })
  const begin = start_time === undefined ? was : was.withPlainTime(start_time)
  const from = begin.toZonedDateTime(zone).epochMilliseconds
  const to = begin.add(length).toZonedDateTime(zone).epochMilliseconds
  // If the clock change swallows all of it, it lasts as long as elsewhere.
  return { from, to: to > from ? to : from + toExact(was, length) }
}

/** Its length without a clock change. */
function toExact(was: Temporal.PlainDateTime, length: string | Temporal.Duration): number {
  const zone = 'UTC'
  const [from, to] = [was, was.add(length)].map((it) => it.toZonedDateTime(zone).epochMilliseconds)
  return (to ?? 0) - (from ?? 0)
}

/** The resulting times of all days, in order. */
function toAll(
  days: OccurrenceRow[],
  planned: PlannedDay[],
  byId: Map<string, Stored>,
): Occurrence[] {
  const changed = new Map(planned.map(({ day, stored }) => [day.date, stored ? day : undefined]))
  return days
    .flatMap(({ date, booking_id }): Occurrence[] => {
      const own = byId.get(booking_id ?? '')
      if (changed.has(date)) return [changed.get(date) ?? []].flat()
      return own && isOpen(own.row.state) ? [{ date, ...toSpan(own.row) }] : []
    })
    .toSorted((a, b) => a.from - b.from)
}
