import { and, asc, eq, lte, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { MailError, type Mailer } from './mailer.ts'
import type { MailRow, MailTables } from './tables.ts'
import type { Language, MailKind, MailText } from './text.ts'

// Longer than one try takes: until then no other process sends the same mail.
const lease_ms = 2 * 60_000
const retryAfter_ms = 30_000
const retryAfterMax_ms = 60 * 60_000
// For a day; links are over by then.
const attemptsMax = 30
// In one turn; the next one follows in a second.
const atOnceMax = 100

/** A mail to be sent; `reference` is what its link is for. */
export interface NewMail {
  kind: MailKind
  /** Empty: nobody. */
  recipient: string
  language: Language
  reference?: string
  /** A username, or empty. */
  detail: string
}

/** What to send, or undefined when it is not good for anything any more. */
export type WriteText = (mail: MailRow) => Promise<MailText | undefined>

/**
 * Mails that wait, in the database: written in the commit that needs them, sent by a task, and
 * deleted when the server has taken them. A crash in between sends one twice, and loses none.
 */
export function createOutbox(
  { store, clock, id, log }: Pick<Context, 'store' | 'clock' | 'id' | 'log'>,
  { mails }: MailTables,
  { mailer, write }: { mailer: Mailer; write: WriteText },
) {
  const isSame = ({ id, attempts }: MailRow) => and(eq(mails.id, id), eq(mails.attempts, attempts))

  /** The next one that is due. For two minutes it is ours alone. */
  async function claim(): Promise<MailRow | undefined> {
    const now_ms = clock()
    const [next] = await store.db
      .select()
      .from(mails)
      .where(lte(mails.due, now_ms))
      .orderBy(asc(mails.due))
      .limit(1)
    if (!next) return undefined
    const [claimed] = await store.db
      .update(mails)
      .set({ attempts: next.attempts + 1, due: now_ms + lease_ms })
      .where(and(isSame(next), lte(mails.due, now_ms)))
      .returning()
    return claimed ?? claim()
  }

  async function send(mail: MailRow): Promise<void> {
    const text = mail.recipient && (await write(mail))
    if (text) await mailer.send({ id: mail.id, to: mail.recipient, ...text })
    await store.db.delete(mails).where(isSame(mail))
  }

  async function keepForLater(mail: MailRow, error: unknown): Promise<void> {
    const about = { mail: mail.id, kind: mail.kind, attempts: mail.attempts }
    const cause = error instanceof MailError ? error.message : 'unknown'
    const isPermanent = error instanceof MailError && error.isPermanent
    if (isPermanent || mail.attempts >= attemptsMax) {
      log.error('mail given up', { ...about, cause })
      await store.db.delete(mails).where(isSame(mail))
      return
    }
    const wait_ms = Math.min(retryAfter_ms * 2 ** (mail.attempts - 1), retryAfterMax_ms)
    await store.db
      .update(mails)
      .set({ due: clock() + wait_ms })
      .where(isSame(mail))
  }

  return {
    /** As a statement of the commit that needs it. */
    add: ({ reference, ...mail }: NewMail): SQL =>
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
    /** @throws MailError when the server is away; the mail is tried again later */
    deliver: async (): Promise<void> => {
      for (let sent = 0; sent < atOnceMax; sent++) {
        const mail = await claim()
        if (!mail) return
        try {
          await send(mail)
        } catch (error) {
          await keepForLater(mail, error)
          if (!(error instanceof MailError) || error.isAway) throw error
        }
      }
    },
  }
}

export type Outbox = ReturnType<typeof createOutbox>
