import type { Context } from '../../../shared/context.ts'
import { conflict } from '../../../shared/problem.ts'
import { createMailer } from './mailer.ts'
import { createOutbox, type Outbox, type WriteText } from './outbox.ts'
import type { MailTables } from './tables.ts'

// A mail leaves within a second of the commit that wrote it.
const deliverEvery_s = 1

/** Mail, where there is a way to send it. */
export interface Mail {
  /** Undefined in production without `SMTP_URL`. */
  outbox: Outbox | undefined
  /** Whether mails reach those they are addressed to; in development the log shows them. */
  isReal: boolean
  /** @throws 409 that says what to set */
  requireOutbox: () => Outbox
}

export function createMail(context: Context, tables: MailTables, write: WriteText): Mail {
  const mailer = createMailer(context)
  const outbox = mailer && createOutbox(context, tables, { mailer, write })
  if (outbox) context.every(deliverEvery_s, 'send mails', outbox.deliver)
  return {
    outbox,
    isReal: mailer?.isReal ?? false,
    requireOutbox: () => {
      if (outbox) return outbox
      const detail = 'No mail is sent here: set SMTP_URL, MAIL_FROM and PUBLIC_URL.'
      throw conflict('mail_not_set', detail)
    },
  }
}
