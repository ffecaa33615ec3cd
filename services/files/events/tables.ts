import type { Columns } from '@campus/store/columns.ts'

/** Files handed over, written in the commit that did it: one row per commit. */
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
      /** The number of files. */
      files: c.integer('files').notNull(),
      happened: c.instant('happened').notNull(),
    },
    // For removing a person's id.
    (t) => [
      c.index('file_events_of_owner').on(t.owner),
      c.index('file_events_of_former_owner').on(t.former_owner),
      c.index('file_events_by_user').on(t.by_user),
    ],
  ),
})
