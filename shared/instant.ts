import { minute_ms } from './duration.ts'

/** The earliest and latest moment the API knows, in milliseconds: years 0001 to 9999 (RFC 3339). */
export const earliest_ms = Date.parse('0001-01-01T00:00:00Z')
export const latest_ms = Date.parse('9999-12-31T23:59:59.999Z')

/** RFC 3339 section 5.6, with seconds and offset optional. */
export const instantPattern =
  '^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?([Zz]|[+-]\\d{2}:\\d{2})?$'
const parts = /^(.{10}).(.{5})(?::(\d\d)(?:\.(\d+))?)?(.*)$/

/**
 * Parses an RFC 3339 time. Without an offset it is UTC; fractions below a millisecond are dropped.
 * @returns milliseconds since 1970, or undefined when there is no such moment (30 February, 24:00,
 *   a leap second) or it is outside the years 0001 to 9999
 */
export function readInstant(text: string): number | undefined {
  const match = parts.exec(text)
  if (!match) return undefined
  const [, date = '', time = '', seconds = '00', fraction = '', offset = ''] = match
  const local = `${date}T${time}:${seconds}`
  const local_ms = Date.parse(`${local}Z`)
  // A day that does not exist rolls over into the next month, and does not round-trip.
  if (Number.isNaN(local_ms) || new Date(local_ms).toISOString().slice(0, 19) !== local) {
    return undefined
  }
  const offset_ms = readOffset(offset)
  if (offset_ms === undefined) return undefined
  const time_ms = local_ms + Number(fraction.slice(0, 3).padEnd(3, '0')) - offset_ms
  return isInstant(time_ms) ? time_ms : undefined
}

/** Whether a number is a moment within the range of the API, in whole milliseconds. */
export function isInstant(time_ms: unknown): time_ms is number {
  return Number.isInteger(time_ms) && Number(time_ms) >= earliest_ms && Number(time_ms) <= latest_ms
}

/** Formats a time as the API does: UTC, milliseconds, `Z`. Infinity is null. */
export function toInstant(time_ms: number): string | null {
  return Number.isFinite(time_ms) ? new Date(time_ms).toISOString() : null
}

function readOffset(offset: string): number | undefined {
  if (offset === '' || offset === 'Z' || offset === 'z') return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(4, 6))
  if (hours > 23 || minutes > 59) return undefined
  const size_ms = (hours * 60 + minutes) * minute_ms
  return offset.startsWith('-') ? -size_ms : size_ms
}
