import type { Columns } from '@campus/store/columns.ts'

export const calendarTables = (c: Columns) => ({
  calendars: c.table(
    'calendars',
    {
      id: c.id('id').notNull().primaryKey(),
      user_id: c.text('user_id').notNull(),
      /** 1 to 20, which limits a user to 20 calendars. */
      slot: c.integer('slot').notNull(),
      /** SHA-256; the address itself is not stored. */
      address_hash: c.text('address_hash').notNull(),
      name: c.text('name').notNull(),
      resource_id: c.id('resource_id'),
      /** The name its type had when it was made. */
      resource_type: c.text('resource_type'),
      /** Null unless it is of a type, and if made by an earlier release: see `createTypeIds`. */
      type_id: c.id('type_id'),
      created: c.instant('created').notNull(),
      last_read: c.instant('last_read'),
    },
    (t) => [
      c.unique('calendar_address').on(t.address_hash),
      c.unique('calendar_slot').on(t.user_id, t.slot),
    ],
  ),
  /** Number and time of changes that calendars show of a booking. Written by triggers. */
  booking_revisions: c.table('booking_revisions', {
    booking_id: c.id('booking_id').notNull().primaryKey(),
    sequence: c.integer('sequence').notNull(),
    revised: c.instant('revised').notNull(),
  }),
})
