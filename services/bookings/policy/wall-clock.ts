/** The time of day and calendar of a zone, and back. All instants are milliseconds since 1970. */

export function toLocal(time_ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(time_ms).toZonedDateTimeISO(zone)
}

/** The date there, as `2027-03-01`. */
export function toDay(time_ms: number, zone: string): string {
  return toLocal(time_ms, zone).toPlainDate().toString()
}

/** Later by an ISO 8601 duration: a day later is the same time of day, whatever the clocks do. */
export function later(time_ms: number, duration: string, zone: string): number {
  return toLocal(time_ms, zone).add(duration).epochMilliseconds
}

export function earlier(time_ms: number, duration: string, zone: string): number {
  return toLocal(time_ms, zone).subtract(duration).epochMilliseconds
}

/** When a local time of a day is; `24:00` is when the next day begins. */
export function toInstantOf(day: Temporal.PlainDate, time: string, timeZone: string): number {
  if (time === '24:00') return day.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds
  return day.toZonedDateTime({ timeZone, plainTime: time }).epochMilliseconds
}

const minutesOfDay = 24 * 60

/** Whole minutes, counting a day as 24 hours. */
export function toMinutes(duration: string): number {
  return Temporal.Duration.from(duration).total({ unit: 'minutes', relativeTo: '2000-01-01' })
}

/** Whether a time is on a grid that begins at each midnight. */
export function isOnGrid(time_ms: number, minutes: number, zone: string): boolean {
  const { hour, minute, second, millisecond } = toLocal(time_ms, zone)
  return (hour * 60 + minute) % minutes === 0 && second === 0 && millisecond === 0
}

/** The first time on the grid from a time on; or, going back, the last one up to it. */
export function toGrid(
  time_ms: number,
  minutes: number,
  { zone, isBack = false }: { zone: string; isBack?: boolean },
): number {
  if (isOnGrid(time_ms, minutes, zone)) return time_ms
  const local = toLocal(time_ms, zone)
  const count = (local.hour * 60 + local.minute) / minutes
  const at = (isBack ? Math.floor(count) : Math.floor(count) + 1) * minutes
  const day = local.toPlainDate()
  if (at >= minutesOfDay) return toInstantOf(day, '24:00', zone)
  const time = new Temporal.PlainTime(Math.floor(at / 60), at % 60).toString()
  const found = toInstantOf(day, time, zone)
  // Where the clocks are set, that time of day may be on the other side.
  if (isBack ? found <= time_ms : found >= time_ms) return found
  return isBack ? found - minutes * 60_000 : found + minutes * 60_000
}
