import type { Columns } from '@campus/store/columns.ts'

/** Files of bookings, such as a contract; each is pinned in the files service. */
export const attachmentTables = (c: Columns) => ({
  booking_files: c.table(
    'booking_files',
    {
      booking_id: c.id('booking_id').notNull(),
      file_hash: c.text('file_hash').notNull(),
      file_name: c.text('file_name').notNull(),
      added: c.instant('added').notNull(),
      added_by: c.text('added_by').notNull(),
    },
    (t) => [
      c.unique('booking_file').on(t.booking_id, t.file_hash),
      c.index('booking_files_by_giver').on(t.added_by),
    ],
  ),
})
