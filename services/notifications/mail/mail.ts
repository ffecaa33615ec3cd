import { inArray } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { createMailer } from '../../../shared/mail/mailer.ts'
import { sendWaitingMails } from '../../../shared/mail/outbox.ts'
import type { Journal } from '../journal/journal.ts'
import type { Directory } from '../people/directory.ts'
import type { Preferences } from '../preferences/preferences.ts'
import type { NotificationsTables } from '../tables.ts'
import type { MailRow } from './tables.ts'
import type { WriteMail } from './writer.ts'

interface Rules {
  directory: Directory
  journal: Journal
  preferences: Preferences
  write: WriteMail
}

/** Whether mails reach people: where it only shows them in its log, it says nothing. */
export function sendsMail(context: Pick<Context, 'config' | 'log'>): boolean {
  return createMailer(context)?.isReal === true && context.config.publicUrl !== undefined
}

/** Sends what people are told by mail. */
export function createMail(
  context: Context,
  { mails }: NotificationsTables,
  { directory, journal, preferences, write }: Rules,
) {
  const { store, clock } = context
  const mailer = createMailer(context)
  if (mailer && sendsMail(context)) {
    sendWaitingMails<MailRow>(context, mails, { mailer, write, refused })
  }

  /** Whoever cannot be reached learns of it where they read, and so do administrators. */
  async function refused({ id, user_id }: MailRow, cause: string): Promise<void> {
    const person = (await directory.findPeople([user_id])).get(user_id)
    if (!person?.email) return
    await preferences.noteRefusal(user_id, person.email, clock())
    await journal.add('notifications', {
      id,
      type: 'mail.refused',
      subject: user_id,
      happened: toInstant(clock()) ?? '',
      data: { booked_for: user_id, cause },
    })
  }

  return {
    forget: async (userIds: string[]): Promise<void> => {
      await store.db.delete(mails).where(inArray(mails.user_id, userIds))
    },
  }
}
