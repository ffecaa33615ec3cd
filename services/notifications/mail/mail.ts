import { inArray } from 'drizzle-orm'
import { readBody } from '../../../shared/body.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { createMailer } from '../../../shared/mail/mailer.ts'
import { sendWaitingMails } from '../../../shared/mail/outbox.ts'
import type { BounceResult } from '../../../shared/schemas/bounce.ts'
import type { Journal } from '../journal/journal.ts'
import type { Directory } from '../people/directory.ts'
import type { Preferences } from '../preferences/preferences.ts'
import type { NotificationsTables } from '../tables.ts'
import { readBounce } from './bounce.ts'
import type { MessageIds } from './message-ids.ts'
import type { MailRow } from './tables.ts'
import type { WriteMail } from './writer.ts'

interface Dependencies {
  directory: Directory
  journal: Journal
  messageIds: MessageIds
  preferences: Preferences
  write: WriteMail
}

interface Refusal {
  user: string
  cause: string
  /** When it was refused, or when the bounced mail was written. */
  known_ms: number
  /** Whether it was sent to that address: a new one is not to blame. */
  wasTo?: (address: string) => boolean
}

// Fits a returned mail of ours, or its beginning.
const bytesMax = 256 * 1024

/** Whether mails reach people, and are not only logged. */
export function sendsMail(context: Pick<Context, 'config' | 'log'>): boolean {
  return createMailer(context)?.isReal === true && context.config.PUBLIC_URL !== undefined
}

/** Sends notifications by mail. */
export function createMail(
  context: Context,
  { mails }: NotificationsTables,
  { directory, journal, messageIds, preferences, write }: Dependencies,
) {
  const { store, clock, id } = context
  const mailer = createMailer(context)
  if (mailer && sendsMail(context)) {
    sendWaitingMails<MailRow>(context, mails, { mailer, write, refused })
  }

  async function refused({ user_id: user }: MailRow, cause: string): Promise<void> {
    await noteRefusal({ user, cause, known_ms: clock() })
  }

  /**
   * Notifies a user whose mail is refused, and administrators, in the inbox, in the commit that
   * stops their mails: once, however many bounce.
   */
  async function noteRefusal({ user, cause, known_ms, wasTo }: Refusal): Promise<boolean> {
    const person = (await directory.findPeople([user])).get(user)
    if (!person?.email || wasTo?.(person.email) === false) return false
    const refused = {
      id: id(),
      type: 'mail.refused',
      subject: user,
      happened: toInstant(clock()) ?? '',
      data: { booked_for: user, cause },
    }
    return store.atomically([
      ...journal.add('notifications', [refused]),
      preferences.noteRefusal(user, { address: person.email, known_ms }),
    ])
  }

  /** Processes a mail server's report about an accepted mail. @throws 415, 413 */
  async function takeBounce(request: Request): Promise<BounceResult> {
    const bytes = await readBody(request, { type: 'message/rfc822', bytesMax })
    const { ids, failures } = readBounce(new TextDecoder('latin1').decode(bytes))
    const sent = ids.flatMap((one) => messageIds.read(one) ?? [])[0]
    // Forwarded mail bounces for another address.
    const failure = failures.find(({ recipients }) => sent && recipients.every(sent.wasTo))
    if (!sent || !failure?.isNoAddress) return { noted: false }
    const { user, made_ms: known_ms, wasTo } = sent
    const cause = `bounced ${failure.status}`
    return { noted: await noteRefusal({ user, known_ms, wasTo, cause }) }
  }

  return {
    takeBounce,
    forget: async (userIds: string[]): Promise<void> => {
      await store.db.delete(mails).where(inArray(mails.user_id, userIds))
    },
  }
}
