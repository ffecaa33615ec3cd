import type { Channel, NotificationPreferences } from '../../../shared/schemas/notification.ts'

type Wish = Pick<NotificationPreferences['effective'], 'quiet_hours' | 'digest_at' | 'time_zone'>

export interface MailPlan {
  /** Milliseconds since 1970. */
  due: number
  /** The mail of many that it is in; null: it is one of its own. */
  digest: number | null
}

interface Circumstances {
  now_ms: number
  /** After which a mail is no use. */
  endOfUse_ms: number
  /** Whether so many wait for them that it comes with the others. */
  isCrowded: boolean
}

const gatherFor_ms = 15 * 60_000
// A mail of many is complete so long before it leaves: what is planned later is in the next one.
const completeFor_ms = 60_000

/**
 * When somebody gets a mail about what happens now: at once, after their quiet hours, with the next
 * daily mail or, of many, at the next quarter of an hour. What would come too late comes at once.
 * @returns undefined: none
 */
export function planMail(
  channel: Channel,
  wish: Wish,
  { now_ms, endOfUse_ms, isCrowded }: Circumstances,
): MailPlan | undefined {
  if (channel === 'inbox' || channel === 'off' || endOfUse_ms <= now_ms) return undefined
  const plan = channel === 'digest' ? planDaily(now_ms, wish) : planAlone(now_ms, wish, isCrowded)
  return plan.due < endOfUse_ms ? plan : { due: now_ms, digest: null }
}

function planDaily(now_ms: number, { digest_at, time_zone }: Wish): MailPlan {
  const due = nextTime(now_ms + completeFor_ms, digest_at, time_zone)
  return { due, digest: due }
}

function planAlone(now_ms: number, wish: Wish, isCrowded: boolean): MailPlan {
  const due = endOfQuiet(now_ms, wish)
  if (!isCrowded) return { due, digest: null }
  const gathered = Math.ceil((due + completeFor_ms) / gatherFor_ms) * gatherFor_ms
  return { due: gathered, digest: gathered }
}

function endOfQuiet(now_ms: number, { quiet_hours, time_zone }: Wish): number {
  if (!quiet_hours || quiet_hours.from === quiet_hours.to) return now_ms
  const clock = toLocal(now_ms, time_zone).toPlainTime().toString({ smallestUnit: 'minute' })
  const { from, to } = quiet_hours
  const isQuiet = from < to ? from <= clock && clock < to : from <= clock || clock < to
  if (!isQuiet) return now_ms
  // In the night that has an hour twice it may end at the second of them.
  const again = toLocal(now_ms, time_zone)
    .toPlainDate()
    .toPlainDateTime(to)
    .toZonedDateTime(time_zone, { disambiguation: 'later' }).epochMilliseconds
  return again > now_ms ? again : nextTime(now_ms, to, time_zone)
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
