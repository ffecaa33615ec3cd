import type { Columns } from '@campus/store/columns.ts'

/** Groups and their members. A trigger limits the groups of a user. */
export const groupTables = (c: Columns) => ({
  groups: c.table(
    'user_groups',
    {
      id: c.id('id').primaryKey(),
      name: c.text('name').notNull(),
      /** The folded name: `Café` and `cafe` are the same. */
      name_key: c.text('name_key').notNull(),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
    },
    (t) => [c.unique('only_one_group_per_name').on(t.name_key)],
  ),
  groupMembers: c.table(
    'group_members',
    {
      group_id: c.id('group_id').notNull(),
      user_id: c.id('user_id').notNull(),
      role: c.text('role').notNull(),
      added: c.instant('added').notNull(),
    },
    (t) => [
      c.unique('only_once_in_a_group').on(t.group_id, t.user_id),
      c.index('group_members_by_user').on(t.user_id),
    ],
  ),
})
