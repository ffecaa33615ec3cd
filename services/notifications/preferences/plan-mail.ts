import type { Channel, NotificationPreferences } from '../../../shared/schemas/notification.ts'

type Wish = Pick<NotificationPreferences['effective'], 'quiet_hours' | 'digest_at' | 'time_zone'>

export interface MailPlan {
  /** Milliseconds since 1970. */
  due: number
  /** The daily mail it is in; null: it is one of its own. */
  digest: number | null
}

/**
 * When somebody gets a mail about what happens now: at once, after their quiet hours, or with the
 * next daily mail.
 * @returns undefined: none
 */
export function planMail(channel: Channel, wish: Wish, now_ms: number): MailPlan | undefined {
  if (channel === 'digest') {
    const due = nextTime(now_ms, wish.digest_at, wish.time_zone)
    return { due, digest: due }
  }
  return channel === 'mail' ? { due: endOfQuiet(now_ms, wish), digest: null } : undefined
}

function endOfQuiet(now_ms: number, { quiet_hours, time_zone }: Wish): number {
  if (!quiet_hours || quiet_hours.from === quiet_hours.to) return now_ms
  const clock = toLocal(now_ms, time_zone).toPlainTime().toString({ smallestUnit: 'minute' })
  const { from, to } = quiet_hours
  const isQuiet = from < to ? from <= clock && clock < to : from <= clock || clock < to
  return isQuiet ? nextTime(now_ms, to, time_zone) : now_ms
}

/** The next time that clocks of a zone show this; on a day that skips it, what they show then. */
function nextTime(now_ms: number, time: string, zone: string): number {
  const now = toLocal(now_ms, zone)
  const today = now.withPlainTime(time)
  const next = today.epochMilliseconds > now_ms ? today : now.add({ days: 1 }).withPlainTime(time)
  return next.epochMilliseconds
}

function toLocal(time_ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(time_ms).toZonedDateTimeISO(zone)
}
