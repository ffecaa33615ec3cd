/**
 * Whether a text names a zone of the IANA time zone database, as far as this runtime knows it.
 * Offsets such as `+01:00` do not count: they have no daylight saving time.
 */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    return Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** What clocks of a zone show. */
export function toLocal(time_ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(time_ms).toZonedDateTimeISO(zone)
}
