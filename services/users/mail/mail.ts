import type { SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Language } from '../../../shared/language.ts'
import { createMailer, type MailText } from '../../../shared/mail/mailer.ts'
import { sendWaitingMails } from '../../../shared/mail/outbox.ts'
import { conflict } from '../../../shared/problem.ts'
import type { MailRow, MailTables } from './tables.ts'
import type { AccountMail } from '../../../shared/mail/account-mails.ts'

/** A mail to be sent; `reference` is what its link is for. */
export interface NewMail {
  kind: AccountMail
  /** Empty: nobody. */
  recipient: string
  language: Language
  reference?: string
  /** A username, or empty. */
  detail: string
}

/** What to send, or undefined when it is not good for anything any more. */
export type WriteText = (mail: MailRow) => Promise<MailText | undefined>

export interface Outbox {
  /** As a statement of the commit that needs it. */
  add: (mail: NewMail) => SQL
}

/** Mail, where there is a way to send it. */
export interface Mail {
  /** Undefined in production without `SMTP_URL`. */
  outbox: Outbox | undefined
  /** Whether mails reach those they are addressed to; in development the log shows them. */
  isReal: boolean
  /** @throws 409 that says what to set */
  requireOutbox: () => Outbox
}

export function createMail(context: Context, { mails }: MailTables, write: WriteText): Mail {
  const { store, clock, id } = context
  const mailer = createMailer(context)
  const outbox: Outbox | undefined = mailer && {
    add: ({ reference, ...mail }) =>
      store.db
        .insert(mails)
        .values({
          id: id(),
          ...mail,
          reference: reference ?? null,
          due: clock(),
          created: clock(),
        })
        .getSQL(),
  }
  if (mailer) {
    sendWaitingMails<MailRow>(context, mails, {
      mailer,
      write: async (mail) => {
        const text = mail.recipient ? await write(mail) : undefined
        return text && { to: mail.recipient, ...text }
      },
    })
  }
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
