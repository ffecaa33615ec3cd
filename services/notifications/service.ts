import type { Context } from '../../shared/context.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { createInbox } from './inbox/inbox.ts'
import { notificationsTables } from './tables.ts'
import { webhooksService } from './webhooks/service.ts'

/** What happened is read into the journal; people and webhooks are told of it. Knows no HTTP. */
export function notificationsService(context: Context) {
  const tables = notificationsTables(context.store.columns)
  const inbox = createInbox(context, tables)
  context.prune(prunableIdempotencyKeys(context.store))
  context.onUsersRemoved(inbox.forget)
  return { inbox, webhooks: webhooksService(context, tables) }
}

export type NotificationsService = ReturnType<typeof notificationsService>
