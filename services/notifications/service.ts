import type { Context } from '../../shared/context.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { createTemplates } from '../../shared/mail/templates.ts'
import { createInbox } from './inbox/inbox.ts'
import { createUnreadStream } from './inbox/unread-stream.ts'
import { createForgetJournal } from './journal/forget.ts'
import { createJournal } from './journal/journal.ts'
import { listSources } from './journal/sources.ts'
import { createDirectory } from './people/directory.ts'
import { createNotifier } from './people/notify.ts'
import { createMail, sendsMail } from './mail/mail.ts'
import { createMessageIds } from './mail/message-ids.ts'
import { createPreview } from './mail/preview.ts'
import { createObsoleteFilter } from './mail/obsolete.ts'
import { createUnsubscribe } from './mail/unsubscribe.ts'
import { createMailWriter } from './mail/writer.ts'
import { createPreferences } from './preferences/preferences.ts'
import { notificationsTables } from './tables.ts'
import { webhooksService } from './webhooks/service.ts'

const notifyEvery_s = 1

/** Reads events into the journal, and notifies people and webhooks. Knows no HTTP. */
export function notificationsService(context: Context) {
  const tables = notificationsTables(context.store.columns)
  const journal = createJournal(context, tables)
  for (const source of listSources(context)) {
    context.every(source.every_s, `read ${source.name}`, () => journal.follow(source))
  }
  const inbox = createInbox(context, tables)
  const preferences = createPreferences(context, tables)
  const directory = createDirectory(context)
  const notify = createNotifier(context, tables, {
    preferences,
    directory,
    sendsMail: sendsMail(context),
  })
  context.every(notifyEvery_s, 'tell people', notify)
  const templates = createTemplates(context)
  const unsubscribe = createUnsubscribe(context, { preferences, directory })
  const dropObsolete = createObsoleteFilter(context, tables)
  const messageIds = createMessageIds(context)
  const dependencies = { directory, dropObsolete, messageIds, preferences, templates, unsubscribe }
  const write = createMailWriter(context, tables, dependencies)
  const mail = createMail(context, tables, { directory, journal, messageIds, preferences, write })
  context.onUsersRemoved(mail.forget)
  context.prune(journal.prunable)
  context.prune(inbox.prunable)
  context.prune(prunableIdempotencyKeys(context.store))
  context.onUsersRemoved(inbox.forget)
  context.onUsersRemoved(preferences.forget)
  context.onUsersRemoved(createForgetJournal(context.store, tables))
  return {
    inbox,
    followUnread: createUnreadStream(inbox),
    preferences,
    webhooks: webhooksService(context, tables),
    takeBounce: mail.takeBounce,
    preview: createPreview(context, templates),
    unsubscribe,
  }
}

export type NotificationsService = ReturnType<typeof notificationsService>
