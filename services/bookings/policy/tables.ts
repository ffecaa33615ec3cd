import { isNull } from 'drizzle-orm'
import type { Columns } from '@campus/store/columns.ts'

/** Current and former policies, and the scopes of their quotas. Their triggers are SQL. */
export const policyTables = (c: Columns) => ({
  policies: c.table(
    'policies',
    {
      id: c.id('id').notNull().primaryKey(),
      /** Its subject; see policy/rules.ts. */
      target: c.text('target').notNull(),
      version: c.integer('version').notNull(),
      rules: c.text('rules').notNull(),
      created: c.instant('created').notNull(),
      created_by: c.text('created_by').notNull(),
      /** When it was replaced or withdrawn. */
      ended: c.instant('ended'),
    },
    (t) => [
      c.unique('policy_version').on(t.target, t.version),
      c.unique('policy_in_force').on(t.target).where(isNull(t.ended)),
    ],
  ),
  policy_epoch: c.table('policy_epoch', { number: c.integer('number').notNull() }),
  quota_turns: c.table('quota_turns', {
    person: c.text('person').primaryKey(),
    turns: c.integer('turns').notNull(),
  }),
})
