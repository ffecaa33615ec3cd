import type { BookingNews } from '../../../shared/schemas/booking-event.ts'
import type { FileNews } from '../../../shared/schemas/file-event.ts'
import type { InventoryNews } from '../../../shared/schemas/inventory-event.ts'
import type { ScoreNews } from '../../../shared/schemas/score-event.ts'
import {
  findKind,
  type AnyNotificationKind,
  type KindOfNotification,
} from '../../../shared/notification-kinds.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { JournalRow } from '../journal/tables.ts'

/** A journal entry that causes notifications. */
export interface Entry extends Pick<News, 'by' | 'person' | 'data' | 'former'> {
  row: JournalRow
  kind: string
  reaches: KindOfNotification['reaches']
  /** The people to notify, except the actor; deciders and administrators are not known yet. */
  hearers: string[]
  resources: string[]
}

/** What an event says. */
interface News {
  /** The user who did it; null: by itself, such as an expiry, or by hand. */
  by: string | null
  /** The person it is for. */
  person: string
  /** Who is notified in that person's place. */
  receiver?: string
  /** Who else is involved. */
  others?: string[]
  /** The resources it is about. */
  resources?: string[]
  /** The other values its text names. */
  data: Record<string, unknown>
  /** Who lost it to `person`: they are told what was theirs. */
  former?: { id: string; data: Record<string, unknown> }
}

type Source = AnyNotificationKind extends infer Kind
  ? Kind extends `${infer Name}.${string}`
    ? Name
    : never
  : never

const readers: Record<Source, (row: JournalRow, kind: KindOfNotification) => News | undefined> = {
  allocation: readInventory,
  booking: readBooking,
  file: readFiles,
  mail: readRefusal,
  score: readScore,
  waitlist: readInventory,
  webhook: readWebhook,
}

/** @returns undefined if nobody is notified */
export function readEntry(row: JournalRow): Entry | undefined {
  const kind = findKind(row.type)
  const [source] = row.type.split('.')
  const news = kind && readers[source as Source](row, kind)
  if (!news) return undefined
  const { reaches } = kind
  const { by, person, data, former, resources = [] } = news
  const hearers = [...new Set(listHearers(kind, news).filter((id) => isHearer(id, by)))]
  if (hearers.length === 0 && (reaches === 'person' || reaches === 'involved')) return undefined
  const known = { row, kind: row.type, reaches, hearers, by, person, data, resources }
  return { ...known, ...(former && { former }) }
}

function listHearers(
  { reaches }: KindOfNotification,
  { person, receiver = person, others = [] }: News,
): string[] {
  if (reaches === 'deciders') return []
  return reaches === 'involved' ? [receiver, ...others] : [receiver]
}

// Services and removed accounts have no inbox, and the actor knows.
function isHearer(id: string, by: string | null): boolean {
  return isId(id) && id !== by
}

function readRefusal({ subject, data }: JournalRow): News {
  const { cause } = JSON.parse(data) as { cause: string }
  return { by: null, person: subject, data: { cause } }
}

/** Its owner can do something about it. */
function readWebhook(row: JournalRow): News {
  const { description, url, reason, created_by } = JSON.parse(row.data) as WebhookNews
  const title = description || new URL(url).host
  return { by: null, person: created_by ?? '', data: { title, ...(reason && { reason }) } }
}

interface WebhookNews {
  description: string
  url: string
  reason?: string
  created_by: string | null
}

/** A submission was regraded. */
function readScore(row: JournalRow): News {
  const news = JSON.parse(row.data) as ScoreNews
  const { title, course_code, course_name, member_id, was, score } = news
  return {
    by: null,
    person: member_id,
    data: { title, course: course_name, course_code, was_score: was, score },
  }
}

/** Files were handed over to a user. */
function readFiles(row: JournalRow): News {
  const { file_name, count, owner, former_owner, by } = JSON.parse(row.data) as FileNews
  const data = { title: file_name, ...(count > 1 && { more: count - 1 }) }
  return { by, person: former_owner, receiver: owner, data }
}

function readBooking({ type, data: text }: JournalRow, kind: KindOfNotification): News | undefined {
  const news = JSON.parse(text) as BookingNews
  const { series, booked_for, created_by, by, was } = news
  // Days of a series that were created or ended together are reported once.
  if (series?.first === false) return undefined
  const isDamage = type === 'booking.damaged'
  // It was recorded as good since.
  if (isDamage && news.items.length === 0) return undefined
  const data = {
    number: news.number,
    title: news.title,
    from: series?.from ?? news.from,
    to: series?.to ?? news.to,
    ...(series && { days: series.count, series_id: series.id }),
    ...(kind.hasReason && news.reason !== null && { reason: news.reason }),
    ...(was?.booked_for && { was_for_another: true }),
    ...(isDamage && { resource_id: news.items[0]?.resource_id }),
    ...(news.late_since !== undefined && { late_since: news.late_since }),
  }
  const former = toFormer(news)
  const { title = data.title, from = data.from, to = data.to } = was ?? {}
  return {
    by,
    person: booked_for,
    others: [created_by, was?.booked_for ?? ''],
    resources: news.items.map(({ resource_id }) => resource_id),
    data: { ...data, ...(was && { was: { title: was.title, from: was.from, to: was.to } }) },
    ...(former && { former: { id: former, data: { ...data, title, from, to, given_away: true } } }),
  }
}

/** Who lost it to its present person and has no say in it any more. */
function toFormer({ was, booked_for, created_by }: BookingNews): string | undefined {
  const former = was?.booked_for
  return former && former !== booked_for && former !== created_by ? former : undefined
}

function readInventory(row: JournalRow): News | undefined {
  const { allocation, by, was, resource_id } = JSON.parse(row.data) as InventoryNews
  if (!allocation) return undefined
  const { booked_for, created_by, description, from, to, held_until } = allocation
  return {
    by,
    person: booked_for,
    others: [created_by],
    resources: [resource_id],
    data: {
      title: description,
      from,
      to,
      ...(was && { was: { from: was.from, to: was.to } }),
      ...(held_until !== null && { held_until }),
    },
  }
}
