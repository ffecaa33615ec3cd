import { isNotNull, isNull } from 'drizzle-orm'
import type { Columns } from '@campus/store/columns.ts'

/** Notifications of users. */
export const inboxTables = (c: Columns) => ({
  notifications: c.table(
    'notifications',
    {
      id: c.id('id').primaryKey(),
      user_id: c.text('user_id').notNull(),
      /** Such as `booking.approved`. */
      kind: c.text('kind').notNull(),
      subject: c.text('subject').notNull(),
      /** The values its text names, as JSON. */
      data: c.text('data').notNull(),
      /** Who did it, and for whom. */
      by_user: c.text('by_user'),
      for_user: c.text('for_user'),
      created: c.instant('created').notNull(),
      read: c.instant('read'),
      /** The journal entry it is about. */
      journal_position: c.integer('journal_position').notNull(),
      /** The daily mail that will include it; null: none. */
      digest: c.instant('digest'),
    },
    (t) => [
      c.unique('told_once').on(t.journal_position, t.user_id, t.kind),
      c.index('notifications_of_user').on(t.user_id, t.id),
      // For removing a person's id.
      c.index('notifications_by_user').on(t.by_user).where(isNotNull(t.by_user)),
      c.index('notifications_for_user').on(t.for_user).where(isNotNull(t.for_user)),
      c.index('notifications_unread').on(t.user_id, t.id).where(isNull(t.read)),
      c.index('notifications_of_digest').on(t.user_id, t.digest).where(isNotNull(t.digest)),
    ],
  ),
})

export type NotificationRow = ReturnType<typeof inboxTables>['notifications']['$inferSelect']
