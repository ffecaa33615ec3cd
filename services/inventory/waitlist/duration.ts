import { day_ms, hour_ms, minute_ms } from '../../../shared/duration.ts'

const units_ms = [day_ms, hour_ms, minute_ms, 1000]
const format = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/** The milliseconds of an ISO 8601 duration of days and smaller, a day being 24 hours. */
export function readDuration(text: string): number | undefined {
  const match = format.exec(text)
  return match?.slice(1).reduce((sum, part, at) => sum + Number(part ?? 0) * (units_ms[at] ?? 0), 0)
}

/** The ISO 8601 duration of milliseconds, in hours and smaller: `PT26H`. */
export function toDuration(length_ms: number): string {
  const [hours, minutes] = [Math.floor(length_ms / hour_ms), Math.floor(length_ms / minute_ms) % 60]
  const seconds = (length_ms % minute_ms) / 1000
  const parts = [hours && `${hours}H`, minutes && `${minutes}M`, seconds && `${seconds}S`]
  return `PT${parts.filter(Boolean).join('')}`
}
