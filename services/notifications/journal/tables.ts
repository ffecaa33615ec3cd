import type { Columns } from '@campus/store/columns.ts'

/** All events of Campus, in one order. */
export const journalTables = (c: Columns) => ({
  journal: c.table(
    'journal',
    {
      position: c.number('position'),
      /** For reading in commit order; see `Store.horizon`. */
      transaction: c.transaction('transaction'),
      /** The service and the event's id there: an event read twice is stored once. */
      source: c.text('source').notNull(),
      source_event: c.text('source_event').notNull(),
      /** Such as `booking.approved`. */
      type: c.text('type').notNull(),
      /** The subject's id: of a booking, a resource, a file. */
      subject: c.text('subject').notNull(),
      happened: c.instant('happened').notNull(),
      /** What receivers get, as JSON. */
      data: c.text('data').notNull(),
    },
    (t) => [
      c.unique('journal_once').on(t.source, t.source_event),
      // To find other events of the same subject.
      c.index('journal_of_subject').on(t.subject),
    ],
  ),
  /** The people named in entries, to remove them later. */
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
  /** How far each reader has processed the journal. */
  journal_readers: c.table('journal_readers', {
    reader: c.text('reader').primaryKey(),
    transaction: c.bytes('transaction').notNull(),
    position: c.integer('position').notNull(),
  }),
})

export type JournalTables = ReturnType<typeof journalTables>
export type JournalRow = JournalTables['journal']['$inferSelect']
