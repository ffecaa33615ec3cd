import type { Columns } from '../../../shared/store/columns.ts'

/** Files that became another's, written in the commit that gave them: an entry for each commit. */
export const fileEventTables = (c: Columns) => ({
  file_events: c.table(
    'file_events',
    {
      id: c.number('id'),
      transaction: c.transaction('transaction'),
      owner: c.text('owner').notNull(),
      former_owner: c.text('former_owner').notNull(),
      by_user: c.text('by_user').notNull(),
      /** One of them. */
      file_hash: c.text('file_hash').notNull(),
      file_name: c.text('file_name').notNull(),
      /** How many there are. */
      files: c.integer('files').notNull(),
      happened: c.instant('happened').notNull(),
    },
    // To forget a person.
    (t) => [
      c.index('file_events_of_owner').on(t.owner),
      c.index('file_events_of_former_owner').on(t.former_owner),
      c.index('file_events_by_user').on(t.by_user),
    ],
  ),
})
