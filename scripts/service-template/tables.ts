import { idempotencyTable } from '../../shared/idempotency.ts'
import type { Columns } from '@campus/store/columns.ts'

/** What desk stores. Limits of text lengths are SQL, in migrations/. */
export const deskTables = (c: Columns) => ({
  notes: c.table(
    'notes',
    {
      id: c.id('id').notNull().primaryKey(),
      title: c.text('title').notNull(),
      text: c.text('text').notNull(),
      created_by: c.text('created_by').notNull(),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
    },
    (t) => [c.unique('note_title_once').on(t.created_by, t.title)],
  ),
  idempotency_keys: idempotencyTable(c),
})

export type NoteRow = ReturnType<typeof deskTables>['notes']['$inferSelect']
