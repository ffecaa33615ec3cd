import { mailColumns } from '../../../shared/mail/columns.ts'
import type { Columns } from '@campus/store/columns.ts'

/** Mails waiting to be sent, without texts and links: those are made when it is sent. */
export const mailTables = (c: Columns) => ({
  mails: c.table(
    'mails',
    {
      ...mailColumns(c),
      kind: c.text('kind').notNull(),
      /** Empty: no recipient, written to take the same time. */
      recipient: c.text('recipient').notNull(),
      language: c.text('language').notNull(),
      /** What its link is sealed for: the `link_id` or id of an invitation, or a confirmation. */
      reference: c.id('reference'),
      /** The name in its text, a username or the inviter's; may be empty. */
      detail: c.text('detail').notNull(),
    },
    (t) => [c.index('mails_by_due').on(t.due)],
  ),
})

export type MailTables = ReturnType<typeof mailTables>
export type MailRow = MailTables['mails']['$inferSelect']
