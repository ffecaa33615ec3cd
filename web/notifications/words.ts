import {
  isNotificationKind,
  pageOfNotification,
  type AnyNotificationKind,
} from '../../shared/notification-kinds.ts'
import type { Notification } from '../../shared/schemas/notification.ts'
import { formatNumber, t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { formatRange, formatTime } from '../time.ts'

interface Data {
  title?: string
  course?: string
  score?: number
  was_score?: number
  for?: string
  given_away?: true
  from?: string | null
  to?: string | null
  resources?: string[]
  reason?: string
  more?: number
  by?: string
}

export function nameKind(kind: AnyNotificationKind): string {
  return t(`notification_kind.${kind}`)
}

/** What happened, its subject, and its page. */
export function describe({ kind, data, subject }: Notification) {
  const { title, course, from, to, resources, reason, by } = data as Data
  const when = from && to ? formatRange(from, to) : from ? formatTime(from) : ''
  const { was_score, score, more, for: person, given_away } = data as Data
  const scores =
    score === undefined ? '' : `${formatNumber(was_score ?? 0)} → ${formatNumber(score)}`
  const rest = more === undefined ? '' : `+${formatNumber(more)}`
  const arrow = given_away ? '→ ' : ''
  const who = person && (arrow || kind === 'mail.refused') ? arrow + nameOf(person) : ''
  return {
    text: isNotificationKind(kind) ? nameKind(kind) : kind,
    about: [title, rest, course, resources?.join(', '), when, scores, who]
      .filter(Boolean)
      .join(', '),
    by: by ? nameOf(by) : '',
    reason,
    href: pageOfNotification({ kind, subject, data }),
  }
}
