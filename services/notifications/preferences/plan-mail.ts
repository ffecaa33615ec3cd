import type { Channel, NotificationPreferences } from '../../../shared/schemas/notification.ts'
import { minute_ms } from '../../../shared/duration.ts'
import { toLocal } from '../../../shared/time-zone.ts'

type Wish = Pick<NotificationPreferences['effective'], 'quiet_hours' | 'digest_at' | 'time_zone'>

export interface MailPlan {
  /** Milliseconds since 1970. */
  due: number
  /** The combined mail it is part of; null: its own. */
  digest: number | null
}

interface Circumstances {
  now_ms: number
  /** After which the mail is useless. */
  endOfUse_ms: number
  /** Whether so many wait that it is combined with others. */
  isCrowded: boolean
}

const gatherFor_ms = 15 * minute_ms
// A combined mail is closed this long before it is sent; later ones go into the next.
const completeFor_ms = minute_ms

/**
 * When to mail a notification: at once, after quiet hours, with the next daily mail or, if there
 * are many, at the next quarter of an hour. If that would be too late, at once.
 * @returns undefined for no mail
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
  // In the night with a repeated hour it may end at the second one.
  const again = toLocal(now_ms, time_zone)
    .toPlainDate()
    .toPlainDateTime(to)
    .toZonedDateTime(time_zone, { disambiguation: 'later' }).epochMilliseconds
  return again > now_ms ? again : nextTime(now_ms, to, time_zone)
}

/** The next time clocks in a zone show this; if it is skipped, what they show instead. */
function nextTime(now_ms: number, time: string, zone: string): number {
  const now = toLocal(now_ms, zone)
  const today = now.withPlainTime(time)
  const next = today.epochMilliseconds > now_ms ? today : now.add({ days: 1 }).withPlainTime(time)
  return next.epochMilliseconds
}
