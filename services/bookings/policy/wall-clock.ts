import { minute_ms } from '../../../shared/duration.ts'
import { toLocal } from '../../../shared/time-zone.ts'

/** Converts between instants and local time of a zone. All instants are milliseconds since 1970. */

const minutesOfDay = 24 * 60
const day_ms = minutesOfDay * minute_ms

/** An offset from UTC, and how long it applies. */
interface Period {
  from: number
  to: number
  offset_ms: number
}

// Temporal takes up to 10 µs a step, and each judgement needs dozens. It is called only for
// changes of the offset; in between, local time is a sum.
const periods = new Map<string, Period[]>()
const periodsMax = 500

function periodAt(time_ms: number, zone: string): Period {
  const known = periods.get(zone) ?? []
  const found = known.find(({ from, to }) => from <= time_ms && time_ms < to)
  if (found) return found
  const local = toLocal(time_ms, zone)
  const next = local.getTimeZoneTransition('next')
  // `previous` excludes the moment itself.
  const last = local.add({ milliseconds: 1 }).getTimeZoneTransition('previous')
  const period = {
    from: last?.epochMilliseconds ?? -Infinity,
    to: next?.epochMilliseconds ?? Infinity,
    offset_ms: local.offsetNanoseconds / 1e6,
  }
  if (periods.size > periodsMax) periods.clear()
  periods.set(zone, [period, ...known.slice(0, periodsMax)])
  return period
}

/** Local time, as the instant at which UTC clocks show the same. */
export function toShown(time_ms: number, zone: string): number {
  return time_ms + periodAt(time_ms, zone).offset_ms
}

/** Whether clocks show that local time twice, as they are put back. */
export function isShownTwice(time_ms: number, zone: string): boolean {
  const { from, to, offset_ms } = periodAt(time_ms, zone)
  const offsetAt = (other_ms: number) =>
    Number.isFinite(other_ms) ? periodAt(other_ms, zone).offset_ms : offset_ms
  const [before, after] = [offsetAt(from - 1), offsetAt(to)]
  return time_ms + offset_ms - before < from || time_ms + offset_ms - after >= to
}

/** When clocks show that time: the first of two, and after a gap for skipped times. */
function fromShown(shown_ms: number, zone: string): number {
  const { from, to, offset_ms } = periodAt(shown_ms, zone)
  // No zone is more than a day from UTC.
  if (from <= shown_ms - day_ms && shown_ms + day_ms < to) return shown_ms - offset_ms
  const shown = new Date(shown_ms).toISOString().slice(0, -1)
  return Temporal.PlainDateTime.from(shown).toZonedDateTime(zone).epochMilliseconds
}

/** The local date, as days since 1 January 1970. */
export function toDay(time_ms: number, zone: string): number {
  return Math.floor(toShown(time_ms, zone) / day_ms)
}

/** `2027-03-01` */
export function toDate(day: number): string {
  return new Date(day * day_ms).toISOString().slice(0, 10)
}

/** The day of the week, from 0 for Monday. */
export function toWeekday(day: number): number {
  // 1 January 1970 was a Thursday.
  return (((day + 3) % 7) + 7) % 7
}

/** The instant of a local time; `24:00` is the start of the next day. */
export function toInstantOf(day: number, time: string, zone: string): number {
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
  return fromShown(day * day_ms + minutes * minute_ms, zone)
}

/** Adds an ISO 8601 duration: a day later is the same time of day, whatever the clocks do. */
export function later(time_ms: number, duration: string, zone: string): number {
  return shift(time_ms, duration, { zone, sign: 1 })
}

export function earlier(time_ms: number, duration: string, zone: string): number {
  return shift(time_ms, duration, { zone, sign: -1 })
}

function shift(time_ms: number, duration: string, { zone, sign }: { zone: string; sign: number }) {
  const { days, minutes } = readDuration(duration)
  const sameTime =
    days === 0 ? time_ms : fromShown(toShown(time_ms, zone) + sign * days * day_ms, zone)
  return sameTime + sign * minutes * minute_ms
}

/** Whole minutes, counting a day as 24 hours. */
export function toMinutes(duration: string): number {
  const { days, minutes } = readDuration(duration)
  return days * minutesOfDay + minutes
}

const form = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/

function readDuration(duration: string): { days: number; minutes: number } {
  const found = form.exec(duration)
  if (!found) throw new RangeError(`${duration} is not a duration of days, hours and minutes`)
  const [, days = 0, hours = 0, minutes = 0] = found
  return { days: Number(days), minutes: Number(hours) * 60 + Number(minutes) }
}

/** Whether a time is on a grid that starts at midnight. */
export function isOnGrid(time_ms: number, minutes: number, zone: string): boolean {
  const shown = toShown(time_ms, zone)
  return (shown - Math.floor(shown / day_ms) * day_ms) % (minutes * minute_ms) === 0
}

/** The first grid time at or after a time; or, going back, the last at or before it. */
export function toGrid(
  time_ms: number,
  minutes: number,
  { zone, isBack = false }: { zone: string; isBack?: boolean },
): number {
  if (isOnGrid(time_ms, minutes, zone)) return time_ms
  const step_ms = minutes * minute_ms
  const shown = toShown(time_ms, zone)
  const midnight = Math.floor(shown / day_ms) * day_ms
  const count = Math.floor((shown - midnight) / step_ms) + (isBack ? 0 : 1)
  const found = fromShown(midnight + Math.min(count * step_ms, day_ms), zone)
  // Near a clock change the result may be on the wrong side.
  if (isBack ? found <= time_ms : found >= time_ms) return found
  return isBack ? found - step_ms : found + step_ms
}
