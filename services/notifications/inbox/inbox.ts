import { and, desc, eq, inArray, lt } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import type { Notification } from '../../../shared/schemas/notification.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { NotificationsTables } from '../tables.ts'
import type { NotificationRow } from './tables.ts'

/** What people were told, newest first. */
export function createInbox(
  { store }: Pick<Context, 'store'>,
  { notifications }: NotificationsTables,
) {
  async function list(query: PageQuery, caller: Caller): Promise<Page<Notification>> {
    const before = readCursor(query, isId)
    const isOwn = eq(notifications.user_id, caller.id)
    const rows = await store.db
      .select()
      .from(notifications)
      .where(and(isOwn, before ? lt(notifications.id, before) : undefined))
      .orderBy(desc(notifications.id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => last.id)
    return { ...page, items: page.items.map(toNotification) }
  }

  async function forget(userIds: string[]): Promise<void> {
    await store.db.delete(notifications).where(inArray(notifications.user_id, userIds))
  }

  return { list, forget }
}

export type Inbox = ReturnType<typeof createInbox>

function toNotification({ id, kind, subject, data, created, read }: NotificationRow): Notification {
  return {
    id,
    kind,
    subject,
    data: JSON.parse(data) as Notification['data'],
    created: toInstant(created) ?? '',
    read: read === null ? null : (toInstant(read) ?? null),
  }
}
