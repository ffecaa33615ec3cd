import type { Columns } from '@campus/store/columns.ts'

export const displayTables = (c: Columns) => ({
  displays: c.table(
    'displays',
    {
      id: c.id('id').notNull().primaryKey(),
      /** 1 to 200, which limits their number. */
      slot: c.integer('slot').notNull(),
      /** SHA-256; the address itself is not stored. */
      address_hash: c.text('address_hash').notNull(),
      name: c.text('name').notNull(),
      /** The name its type had when it was made. */
      resource_type: c.text('resource_type'),
      /** Null for resources, and if made by an earlier release: see `createTypeIds`. */
      type_id: c.id('type_id'),
      /** Resource ids as JSON; null for all of the type. */
      resources: c.text('resources'),
      /** The ids that were hidden from some users when it was made, as JSON. */
      hidden: c.text('hidden').notNull(),
      with_names: c.integer('with_names').notNull(),
      language: c.text('language'),
      time_zone: c.text('time_zone'),
      created: c.instant('created').notNull(),
      created_by: c.text('created_by').notNull(),
      last_read: c.instant('last_read'),
      /** Since when it shows less than its maker chose, as their right ended. */
      withheld_since: c.instant('withheld_since'),
    },
    (t) => [
      c.unique('display_address').on(t.address_hash),
      c.unique('display_slot').on(t.slot),
      c.index('displays_by_maker').on(t.created_by),
    ],
  ),
})
