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
    (t) => [
      c.unique('journal_once').on(t.source, t.source_event),
      // What else happened to something.
      c.index('journal_of_subject').on(t.subject),
    ],
  ),
  /** Who is named in which entries, to forget them. */
  journal_people: c.table(
    'journal_people',
    {
      user_id: c.text('user_id').notNull(),
      position: c.integer('position').notNull(),
    },
    (t) => [
      c.unique('journal_people_once').on(t.user_id, t.position),
      c.index('journal_people_of_entry').on(t.position),
    ],
  ),
  /** How far each service was read. */
  journal_sources: c.table('journal_sources', {
    source: c.text('source').primaryKey(),
    cursor: c.text('cursor').notNull(),
  }),
  /** How far who tells of it has read the journal. */
  journal_readers: c.table('journal_readers', {
    reader: c.text('reader').primaryKey(),
    transaction: c.bytes('transaction').notNull(),
    position: c.integer('position').notNull(),
  }),
})

export type JournalTables = ReturnType<typeof journalTables>
export type JournalRow = JournalTables['journal']['$inferSelect']
