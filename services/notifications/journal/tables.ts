import type { Columns } from '../../../shared/store/columns.ts'

/** What happened in all of Campus, in one order. */
export const journalTables = (c: Columns) => ({
  journal: c.table(
    'journal',
    {
      position: c.number('position'),
      /** For reading in commit order; see `Store.horizon`. */
      transaction: c.transaction('transaction'),
      /** Where it happened, and the id of the event there: read twice, it is kept once. */
      source: c.text('source').notNull(),
      source_event: c.text('source_event').notNull(),
      /** Such as `booking.approved`. */
      type: c.text('type').notNull(),
      /** What it happened to: the id of a booking, a resource, a file. */
      subject: c.text('subject').notNull(),
      happened: c.instant('happened').notNull(),
      /** What receivers are told, as JSON. */
      data: c.text('data').notNull(),
    },
    (t) => [c.unique('journal_once').on(t.source, t.source_event)],
  ),
  /** How far each service was read. */
  journal_sources: c.table('journal_sources', {
    source: c.text('source').primaryKey(),
    cursor: c.text('cursor').notNull(),
  }),
})

export type JournalTables = ReturnType<typeof journalTables>
export type JournalRow = JournalTables['journal']['$inferSelect']
