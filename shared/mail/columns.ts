import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Columns } from '../store/columns.ts'

/** What an outbox keeps of a mail, whatever it is about. Milliseconds since 1970. */
export const mailColumns = (c: Columns) => ({
  id: c.id('id').primaryKey(),
  attempts: c.integer('attempts').notNull().default(0),
  /** When to try next; while it is being sent, when another process may. */
  due: c.instant('due').notNull(),
  created: c.instant('created').notNull(),
})

const shape = (c: Columns) => c.table('mails', mailColumns(c))

/** A table of mails; it may have more columns. */
export type OutboxTable = SQLiteTable & Pick<ReturnType<typeof shape>, 'id' | 'attempts' | 'due'>
export type OutboxRow = ReturnType<typeof shape>['$inferSelect']
