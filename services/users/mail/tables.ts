import type { Columns } from '../../../shared/store/columns.ts'

/** Mails that wait to be sent. Neither texts nor links: those are made when it is sent. */
export const mailTables = (c: Columns) => ({
  mails: c.table(
    'mails',
    {
      id: c.id('id').primaryKey(),
      kind: c.text('kind').notNull(),
      /** Empty: there is nobody to tell, and nobody can tell by the time that it took. */
      recipient: c.text('recipient').notNull(),
      language: c.text('language').notNull(),
      /** Which invitation or confirmation its link is for. */
      reference: c.id('reference'),
      /** What its text names: a username, or an address. */
      detail: c.text('detail').notNull(),
      attempts: c.integer('attempts').notNull().default(0),
      /** When to try next; while it is being sent, when another process may. */
      due: c.instant('due').notNull(),
      created: c.instant('created').notNull(),
    },
    (t) => [c.index('mails_by_due').on(t.due)],
  ),
})

export type MailTables = ReturnType<typeof mailTables>
export type MailRow = MailTables['mails']['$inferSelect']
