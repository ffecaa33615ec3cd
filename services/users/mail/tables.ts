import { mailColumns } from '../../../shared/mail/columns.ts'
import type { Columns } from '../../../shared/store/columns.ts'

/** Mails that wait to be sent. Neither texts nor links: those are made when it is sent. */
export const mailTables = (c: Columns) => ({
  mails: c.table(
    'mails',
    {
      ...mailColumns(c),
      kind: c.text('kind').notNull(),
      /** Empty: there is nobody to tell, and nobody can tell by the time that it took. */
      recipient: c.text('recipient').notNull(),
      language: c.text('language').notNull(),
      /** Which invitation or confirmation its link is for. */
      reference: c.id('reference'),
      /** The name in its text: a username, or of who invites; empty: none. */
      detail: c.text('detail').notNull(),
    },
    (t) => [c.index('mails_by_due').on(t.due)],
  ),
})

export type MailTables = ReturnType<typeof mailTables>
export type MailRow = MailTables['mails']['$inferSelect']
