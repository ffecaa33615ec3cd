import type { Columns } from '../../../shared/store/columns.ts'

/** What somebody was told. */
export const inboxTables = (c: Columns) => ({
  notifications: c.table(
    'notifications',
    {
      id: c.id('id').primaryKey(),
      user_id: c.text('user_id').notNull(),
      /** Such as `booking.approved`. */
      kind: c.text('kind').notNull(),
      subject: c.text('subject').notNull(),
      /** What its text names, as JSON. */
      data: c.text('data').notNull(),
      created: c.instant('created').notNull(),
      read: c.instant('read'),
      /** Which entry of the journal it tells of. */
      journal_position: c.integer('journal_position').notNull(),
    },
    (t) => [
      c.unique('told_once').on(t.journal_position, t.user_id, t.kind),
      c.index('notifications_of_user').on(t.user_id, t.id),
    ],
  ),
})

export type NotificationRow = ReturnType<typeof inboxTables>['notifications']['$inferSelect']
