import { notificationKinds, type NotificationKind } from '../../shared/notification-kinds.ts'
import type { Notification } from '../../shared/schemas/notification.ts'
import { t, type MessageKey } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { formatRange, formatTime } from '../time.ts'

interface Data {
  title?: string
  from?: string | null
  to?: string | null
  resources?: string[]
  reason?: string
  by?: string
}

export function nameKind(kind: NotificationKind): string {
  return t(`told_kind.${kind.replace('.', '_')}` as MessageKey)
}

/** What happened, what it is about, and where that is. */
export function describe({ kind, data, subject }: Notification) {
  const { title, from, to, resources, reason, by } = data as Data
  const known = notificationKinds.find((one) => one === kind)
  const when = from && to ? formatRange(from, to) : from ? formatTime(from) : ''
  return {
    text: known ? nameKind(known) : kind,
    about: [title, resources?.join(', '), when].filter(Boolean).join(', '),
    by: by ? nameOf(by) : '',
    reason,
    href: pageOf({ kind, subject }),
  }
}

function pageOf({ kind, subject }: Pick<Notification, 'kind' | 'subject'>): string {
  if (kind.startsWith('webhook.')) return '/system/webhooks'
  return kind.startsWith('booking.') ? `/bookings/${subject}` : '/bookings/waiting'
}
