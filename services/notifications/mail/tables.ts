import { isNotNull } from 'drizzle-orm'
import { mailColumns } from '../../../shared/mail/columns.ts'
import type { Columns } from '@campus/store/columns.ts'

/** Mails waiting to be sent, without texts and addresses: those are determined when it is sent. */
export const mailTables = (c: Columns) => ({
  mails: c.table(
    'mails',
    {
      ...mailColumns(c),
      user_id: c.text('user_id').notNull(),
      kind: c.text('kind').notNull(),
      /** Its notification; null: all of its digest. */
      notification_id: c.id('notification_id'),
      digest: c.instant('digest'),
    },
    (t) => [
      c.index('mails_by_due').on(t.due),
      c.unique('one_digest').on(t.user_id, t.digest).where(isNotNull(t.digest)),
    ],
  ),
})

export type MailRow = ReturnType<typeof mailTables>['mails']['$inferSelect']
