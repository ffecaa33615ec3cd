import type { SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Language } from '../../../shared/language.ts'
import { createMailer, type MailText } from '../../../shared/mail/mailer.ts'
import { sendWaitingMails } from '../../../shared/mail/outbox.ts'
import { conflict } from '../../../shared/problem.ts'
import type { MailRow, MailTables } from './tables.ts'
import type { AccountMail } from '../../../shared/mail/account-mails.ts'

/** A mail to send; `reference` is the subject of its link. */
export interface NewMail {
  kind: AccountMail
  /** Empty: no recipient. */
  recipient: string
  language: Language
  reference?: string
  /** A username, or empty. */
  detail: string
}

/** The text to send; undefined if it is no longer valid. */
export type WriteText = (mail: MailRow) => Promise<MailText | undefined>

export interface Outbox {
  /** Returned as a statement for the commit that needs it. */
  add: (mail: NewMail) => SQL
}

/** Mail, if it can be sent. */
export interface Mail {
  /** Undefined in production without `SMTP_URL`. */
  outbox: Outbox | undefined
  /** Whether mails reach their recipients; in development they are logged instead. */
  isReal: boolean
  /** @throws 409 naming the missing settings */
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
      const detail = 'Mail is not configured: set SMTP_URL, MAIL_FROM and PUBLIC_URL.'
      throw conflict('mail_not_set', detail)
    },
  }
}
