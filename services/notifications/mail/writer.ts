import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { layOut } from '../../../shared/mail/layout.ts'
import type { Message } from '../../../shared/mail/mailer.ts'
import type { Later, Written } from '../../../shared/mail/outbox.ts'
import type { Templates, Values } from '../../../shared/mail/templates.ts'
import {
  findKind,
  pageOfNotification,
  type NotificationKind,
} from '../../../shared/notification-kinds.ts'
import type { Notification } from '../../../shared/schemas/notification.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import { toNotification } from '../inbox/inbox.ts'
import type { NotificationRow } from '../inbox/tables.ts'
import type { Directory } from '../people/directory.ts'
import { planMail } from '../preferences/plan-mail.ts'
import type { Chosen, Preferences } from '../preferences/preferences.ts'
import type { NotificationsTables } from '../tables.ts'
import type { MessageIds } from './message-ids.ts'
import { readEndOfUse, type DropObsolete } from './obsolete.ts'
import type { MailRow } from './tables.ts'
import type { Unsubscribe } from './unsubscribe.ts'
import { toValues } from './values.ts'

interface Dependencies {
  directory: Directory
  dropObsolete: DropObsolete
  messageIds: MessageIds
  preferences: Preferences
  templates: Templates
  unsubscribe: Unsubscribe
}

/** The content and the reader. */
interface Writing {
  userId: string
  chosen: Chosen['effective']
  names: (id: unknown) => string
}

export type WriteMail = (mail: MailRow) => Promise<Written | Later | undefined>

const digestMax = 100
// The actor's name when it is no user.
const nobody = 'Campus'

/**
 * Composes a mail when it is sent, to the current address. Skipped if it was read, is obsolete or
 * muted meanwhile, or the account is disabled or removed, or its address refuses mail.
 */
export function createMailWriter(
  { store, config, clock }: Pick<Context, 'store' | 'config' | 'clock'>,
  { notifications }: NotificationsTables,
  { directory, dropObsolete, messageIds, preferences, templates, unsubscribe }: Dependencies,
): WriteMail {
  const home = config.PUBLIC_URL ?? ''
  const bouncesTo = config.smtp?.bouncesTo

  async function listUnread({
    notification_id,
    user_id,
    digest,
  }: MailRow): Promise<Notification[]> {
    const isIt =
      digest === null
        ? eq(notifications.id, notification_id ?? '')
        : eq(notifications.digest, digest)
    const rows: NotificationRow[] = await store.db
      .select()
      .from(notifications)
      .where(and(isIt, eq(notifications.user_id, user_id), isNull(notifications.read)))
      .orderBy(asc(notifications.id))
    return (await dropObsolete(rows)).map(toNotification)
  }

  function readValues(notification: Notification, { chosen, names }: Writing): Values {
    const { by, for: person } = notification.data
    return toValues(notification, {
      ...chosen,
      by: names(by) || nobody,
      person: names(person),
      link: home + pageOfNotification(notification),
    })
  }

  async function writeOne(notification: Notification, writing: Writing) {
    const name = notification.kind as NotificationKind
    return templates.write(name, writing.chosen.language, readValues(notification, writing))
  }

  async function writeDigest(all: Notification[], writing: Writing) {
    const items = await Promise.all(
      all.slice(0, digestMax).map(async (one) => {
        const { subject } = await writeOne(one, writing)
        return `${subject}\n${readValues(one, writing).when ?? ''}`.trim()
      }),
    )
    return templates.write('digest', writing.chosen.language, {
      count: String(all.length),
      items: items.join('\n\n'),
      more: all.length > digestMax ? String(all.length - digestMax) : '',
      link: `${home}/notifications`,
    })
  }

  async function attach(all: Notification[], userId: string): Promise<Message['attachments']> {
    const [one] = all
    // For several days it would be only the first.
    const isOne = all.length === 1 && one && one.data.days === undefined
    if (!isOne || !findKind(one.kind)?.hasCalendarFile) return undefined
    const content = await directory.findCalendarEntry(one.subject, userId)
    if (content === undefined) return undefined
    // No method, like the calendar: the two must agree (RFC 6047 section 2.4).
    const contentType = 'text/calendar; charset=utf-8'
    return [{ filename: 'booking.ics', contentType, content }]
  }

  /** A retried mail waits for the morning like a new one. */
  function findLater([one]: Notification[], chosen: Chosen['effective']): Later | undefined {
    const now_ms = clock()
    const endOfUse_ms = one ? readEndOfUse(one.kind, one.data) : Infinity
    const plan = planMail('mail', chosen, { now_ms, endOfUse_ms, isCrowded: false })
    return plan && plan.due > now_ms ? plan : undefined
  }

  return async function writeMail(mail) {
    const all = await listUnread(mail)
    if (all.length === 0) return undefined
    const named = all.flatMap(({ data }) => [data.by, data.for]).filter((id) => isId(id))
    const people = await directory.findPeople([mail.user_id, ...named])
    const person = people.get(mail.user_id)
    const { effective: chosen, refusedAddress } = (await preferences.find([mail.user_id]))(
      mail.user_id,
    )
    if (!person?.email || person.email === refusedAddress) return undefined
    // Muting a kind also applies to mails that wait.
    const wanted = all.filter(({ kind }) => !/^(?:inbox|off)$/.test(channelOf(chosen, kind)))
    if (wanted.length === 0) return undefined
    const later = mail.digest === null ? findLater(wanted, chosen) : undefined
    if (later) return later
    const names = (id: unknown) => people.get(String(id))?.display_name ?? ''
    const writing = { userId: mail.user_id, chosen, names }
    const [first] = wanted
    const isDigest = mail.digest !== null || !first
    const { subject, text } = await (isDigest
      ? writeDigest(wanted, writing)
      : writeOne(first, writing))
    const address = unsubscribe.addressOf(
      mail.user_id,
      isDigest ? 'digest' : (first.kind as NotificationKind),
    )
    const footer = await templates.write('footer', chosen.language, {
      unsubscribe: address,
      settings: `${home}/notifications/preferences`,
    })
    const attachments = isDigest ? undefined : await attach(wanted, mail.user_id)
    const sent = { mail: mail.id, user: mail.user_id, made_ms: mail.created }
    return {
      id: messageIds.write(sent, person.email),
      to: person.email,
      ...(bouncesTo && { bouncesTo }),
      ...layOut({ subject, text, footer: footer.text, language: chosen.language, home }),
      headers: {
        'List-Unsubscribe': `<${address}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
      ...(attachments && { attachments }),
    }
  }
}

function channelOf({ kinds }: Chosen['effective'], kind: string): string {
  return kinds[kind] ?? 'mail'
}
