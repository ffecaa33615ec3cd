import { and, count, desc, eq, inArray, isNull, lt, lte, sql } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import { toInstant } from '../../../shared/instant.ts'
import {
  pageReader,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../../shared/page.ts'
import { notFound } from '../../../shared/problem.ts'
import type { Notification, UnreadCount } from '../../../shared/schemas/notification.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { NotificationsTables } from '../tables.ts'
import type { NotificationRow } from './tables.ts'
import { day_ms } from '../../../shared/duration.ts'
import { removed } from '../../../shared/removed.ts'

export interface InboxQuery extends PageQuery {
  unread?: 'true' | undefined
}

const keepFor_ms = 90 * day_ms

/** Notifications, newest first. Everybody sees their own, including administrators. */
export function createInbox(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { notifications }: NotificationsTables,
) {
  const isOf = ({ id }: Pick<Caller, 'id'>) => eq(notifications.user_id, id)

  async function list(query: InboxQuery, caller: Caller): Promise<Page<Notification>> {
    const before = readCursor(query, isId)
    const { db } = pageReader(store, query, caller)
    const rows = await db
      .select()
      .from(notifications)
      .where(
        and(
          isOf(caller),
          query.unread && isNull(notifications.read),
          before ? lt(notifications.id, before) : undefined,
        ),
      )
      .orderBy(desc(notifications.id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => last.id)
    return { ...page, items: page.items.map(toNotification) }
  }

  async function countUnread(caller: Pick<Caller, 'id'>): Promise<UnreadCount> {
    const isUnread = and(isOf(caller), isNull(notifications.read))
    return { unread: await store.db.$count(notifications, isUnread) }
  }

  /** For many users at once; those without any are left out. */
  async function countUnreadOf(userIds: string[]): Promise<Map<string, number>> {
    const rows = await store.db
      .select({ user_id: notifications.user_id, unread: count() })
      .from(notifications)
      .where(and(inArray(notifications.user_id, userIds), isNull(notifications.read)))
      .groupBy(notifications.user_id)
    return new Map(rows.map(({ user_id, unread }) => [user_id, Number(unread)]))
  }

  /** @throws 404 also for another user's */
  async function markRead(id: string, caller: Caller): Promise<Notification> {
    const isIt = and(isOf(caller), eq(notifications.id, id))
    await store.db
      .update(notifications)
      .set({ read: clock() })
      .where(and(isIt, isNull(notifications.read)))
    const [row] = await store.db.select().from(notifications).where(isIt)
    if (!row) throw notFound('notification', id)
    return toNotification(row)
  }

  /** @param until the newest one seen: later ones stay unread */
  async function markAllRead(until: string | undefined, caller: Caller): Promise<UnreadCount> {
    await store.db
      .update(notifications)
      .set({ read: clock() })
      .where(
        and(
          isOf(caller),
          isNull(notifications.read),
          until === undefined ? undefined : lte(notifications.id, until),
        ),
      )
    return countUnread(caller)
  }

  async function forget(userIds: string[]): Promise<void> {
    await store.db.delete(notifications).where(inArray(notifications.user_id, userIds))
    for (const column of [notifications.by_user, notifications.for_user]) {
      const name = sql.identifier(column.name)
      // Notifications about a user have their name as subject.
      const subject = sql`CASE WHEN subject = ${name} THEN ${removed} ELSE subject END`
      await store.atomically([
        sql`UPDATE ${notifications} SET ${name} = ${removed}, subject = ${subject}
          WHERE ${inArray(column, userIds)}`,
      ])
    }
  }

  const prunable: Prunable = {
    name: 'notifications',
    table: notifications,
    key: notifications.id,
    since: notifications.created,
    keepFor_ms,
    order: notifications.id,
  }

  return { list, countUnread, countUnreadOf, markRead, markAllRead, forget, prunable }
}

export type Inbox = ReturnType<typeof createInbox>

export function toNotification(row: NotificationRow): Notification {
  const { id, kind, subject, data, created, read, by_user, for_user } = row
  return {
    id,
    kind,
    subject,
    data: {
      ...(JSON.parse(data) as Notification['data']),
      ...(by_user !== null && { by: by_user }),
      ...(for_user !== null && { for: for_user }),
    },
    created: toInstant(created) ?? '',
    read: read === null ? null : (toInstant(read) ?? null),
  }
}
