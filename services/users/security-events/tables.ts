import type { Columns } from '@campus/store/columns.ts'

export const securityEventTables = (c: Columns) => ({
  /** The security log. It has ids only, so removed users are forgotten here too. */
  securityEvents: c.table(
    'security_events',
    {
      id: c.id('id').primaryKey(),
      /** Its time; for a repeated event, the first and the last. */
      at: c.instant('at').notNull(),
      until: c.instant('until').notNull(),
      count: c.integer('count').notNull(),
      kind: c.text('kind').notNull(),
      /** A user's id, `service:<name>`, `anonymous` or `system`. */
      actor: c.text('actor').notNull(),
      /** The account it concerns. */
      user_id: c.id('user_id'),
      /** The log's request id, and the client's address. */
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
