import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Columns } from '@campus/store/columns.ts'

/** The columns of every outbox. Times are milliseconds since 1970. */
export const mailColumns = (c: Columns) => ({
  id: c.id('id').primaryKey(),
  attempts: c.integer('attempts').notNull().default(0),
  /** The next attempt; while it is being sent, when another process may try. */
  due: c.instant('due').notNull(),
  created: c.instant('created').notNull(),
})

const shape = (c: Columns) => c.table('mails', mailColumns(c))

/** A table of mails; it may have more columns. */
export type OutboxTable = SQLiteTable & Pick<ReturnType<typeof shape>, 'id' | 'attempts' | 'due'>
export type OutboxRow = ReturnType<typeof shape>['$inferSelect']
