import type { Columns } from '../../../shared/store/columns.ts'

export const securityEventTables = (c: Columns) => ({
  /** Who did what; ids only: whoever is removed is forgotten here, too. */
  securityEvents: c.table(
    'security_events',
    {
      id: c.id('id').primaryKey(),
      /** When it happened: the first and the last time, where it did so several times. */
      at: c.instant('at').notNull(),
      until: c.instant('until').notNull(),
      count: c.integer('count').notNull(),
      kind: c.text('kind').notNull(),
      /** A user's id, `service:<name>`, `anonymous` or `system`. */
      actor: c.text('actor').notNull(),
      /** Whose account it is about. */
      user_id: c.id('user_id'),
      /** By which the log knows it, and the address it came from. */
      request_id: c.text('request_id'),
      /** JSON of ids, roles and counts. */
      detail: c.text('detail'),
    },
    (t) => [
      c.index('security_events_by_time').on(t.at, t.id),
      c.index('security_events_by_actor').on(t.actor, t.at),
    ],
  ),
})
