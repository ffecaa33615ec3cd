import type { BookingNews } from '../../../shared/schemas/booking-event.ts'
import type { FileNews } from '../../../shared/schemas/file-event.ts'
import type { InventoryNews } from '../../../shared/schemas/inventory-event.ts'
import type { ScoreNews } from '../../../shared/schemas/score-event.ts'
import { notificationKinds, type NotificationKind } from '../../../shared/notification-kinds.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { JournalRow } from '../journal/tables.ts'

/** A journal entry that causes notifications. */
export interface Entry {
  row: JournalRow
  kind: NotificationKind | typeof refusedKind
  /** The user who did it; null: by itself, such as an expiry, or by hand. */
  by: string | null
  /** The person it is for. */
  person: string
  /** The people to notify, except the actor. */
  hearers: string[]
  /** Whether the deciders are notified. */
  isForDeciders: boolean
  isForAdministrators?: boolean
  /** The resources it is about. */
  resources: string[]
  /** The other values its text names. */
  data: Record<string, unknown>
  /** Who lost it to `person`: they are told what was theirs. */
  former?: { id: string; data: Record<string, unknown> }
}

/** Cannot be muted: mail does not reach them. */
export const refusedKind = 'mail.refused'
const kinds = new Set<string>([...notificationKinds, refusedKind])

/** @returns undefined if nobody is notified */
export function readEntry(row: JournalRow): Entry | undefined {
  if (!kinds.has(row.type)) return undefined
  const entry = read(row)
  if (!entry) return undefined
  const hearers = [...new Set(entry.hearers.filter((id) => isHearer(id, entry)))]
  const isHeard = hearers.length > 0 || entry.isForDeciders || entry.isForAdministrators
  return isHeard ? { ...entry, hearers } : undefined
}

// Services and removed accounts have no inbox, and the actor knows.
function isHearer(id: string | undefined | null, { by }: Pick<Entry, 'by'>): boolean {
  return typeof id === 'string' && isId(id) && id !== by
}

function read(row: JournalRow): Entry | undefined {
  if (row.type === refusedKind) return ofRefusal(row)
  if (row.type.startsWith('webhook.')) return ofWebhook(row)
  if (row.type === 'score.changed') return ofScore(row)
  if (row.type === 'file.received') return ofFiles(row)
  return row.type.startsWith('booking.') ? ofBooking(row) : ofInventory(row)
}

function ofRefusal(row: JournalRow): Entry {
  const { cause } = JSON.parse(row.data) as { cause: string }
  return {
    row,
    kind: refusedKind,
    by: null,
    person: row.subject,
    hearers: [row.subject],
    isForDeciders: false,
    isForAdministrators: true,
    resources: [],
    data: { cause },
  }
}

/** Its owner can do something about it. */
function ofWebhook(row: JournalRow): Entry {
  const { description, url, reason, created_by } = JSON.parse(row.data) as WebhookNews
  return {
    row,
    kind: row.type as NotificationKind,
    by: null,
    person: created_by ?? '',
    hearers: [created_by ?? ''],
    isForDeciders: false,
    resources: [],
    data: { title: description || new URL(url).host, ...(reason && { reason }) },
  }
}

/** A submission was regraded. */
function ofScore(row: JournalRow): Entry {
  const { title, course_code, course_name, member_id, was, score } = JSON.parse(
    row.data,
  ) as ScoreNews
  return {
    row,
    kind: 'score.changed',
    by: null,
    person: member_id,
    hearers: [member_id],
    isForDeciders: false,
    resources: [],
    data: { title, course: course_name, course_code, was_score: was, score },
  }
}

/** Files were handed over to a user. */
function ofFiles(row: JournalRow): Entry {
  const { file_name, count, owner, former_owner, by } = JSON.parse(row.data) as FileNews
  return {
    row,
    kind: 'file.received',
    by,
    person: former_owner,
    hearers: [owner],
    isForDeciders: false,
    resources: [],
    data: { title: file_name, ...(count > 1 && { more: count - 1 }) },
  }
}

interface WebhookNews {
  description: string
  url: string
  reason?: string
  created_by: string | null
}

function ofBooking(row: JournalRow): Entry | undefined {
  const news = JSON.parse(row.data) as BookingNews
  const { series, booked_for, created_by, by, was } = news
  // Days of a series that were created or ended together are reported once.
  if (series?.first === false) return undefined
  const kind = row.type as NotificationKind
  // It was recorded as good since.
  if (kind === 'booking.damaged' && news.items.length === 0) return undefined
  const isTheirs = kind === 'booking.reminder' || kind === 'booking.overdue'
  const isForDeciders = kind === 'booking.requested' || kind === 'booking.damaged'
  const others = isTheirs ? [] : [created_by, was?.booked_for ?? '']
  const data = {
    number: news.number,
    title: news.title,
    from: series?.from ?? news.from,
    to: series?.to ?? news.to,
    ...(series && { days: series.count, series_id: series.id }),
    ...(isTold(kind, news.reason) && { reason: news.reason }),
    ...(was?.booked_for && { was_for_another: true }),
    ...(kind === 'booking.damaged' && { resource_id: news.items[0]?.resource_id }),
    ...(news.late_since !== undefined && { late_since: news.late_since }),
  }
  const former = toFormer(news)
  const { title = data.title, from = data.from, to = data.to } = was ?? {}
  return {
    row,
    kind,
    by,
    person: booked_for,
    hearers: isForDeciders ? [] : [booked_for, ...others],
    isForDeciders,
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

const withReason = new Set<NotificationKind>([
  'booking.rejected',
  'booking.cancelled',
  'booking.damaged',
])

function isTold(kind: NotificationKind, reason: string | null): boolean {
  return reason !== null && withReason.has(kind)
}

function ofInventory(row: JournalRow): Entry | undefined {
  const { allocation, by, was, resource_id } = JSON.parse(row.data) as InventoryNews
  if (!allocation) return undefined
  const { booked_for, created_by, description, from, to, held_until } = allocation
  return {
    row,
    kind: row.type as NotificationKind,
    by,
    person: booked_for,
    hearers: [booked_for, created_by],
    isForDeciders: false,
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
