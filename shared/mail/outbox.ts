import { and, asc, eq, lte } from 'drizzle-orm'
import type { Context } from '../context.ts'
import type { OutboxRow, OutboxTable } from './columns.ts'
import { MailError, type Mailer, type Message } from './mailer.ts'
import { hour_ms, minute_ms } from '../duration.ts'

// A mail is sent within a second of the commit that wrote it.
const deliverEvery_s = 1
// Concurrent mails: a recipient's slow server does not delay the others.
const lanes = 4
// Longer than an attempt takes: until then no other process sends the same mail.
const lease_ms = 2 * minute_ms
const retryAfter_ms = 30_000
const retryAfterMax_ms = hour_ms
// Retried for a day; after that it is old news.
const attemptsMax = 30
// Per run; the next one follows in a second.
const atOnceMax = 100

/** It is not to be sent now; milliseconds since 1970. */
export interface Later {
  due: number
}

/** A mail; its id is that of its row where it has none of its own. */
export type Written = Omit<Message, 'id'> & Partial<Pick<Message, 'id'>>

export interface OutboxOptions<Row> {
  mailer: Mailer
  /** Writes its text when it is sent; undefined when it is no longer of use. */
  write: (mail: Row) => Promise<Written | Later | undefined>
  /** Called before a mail is deleted because its mailbox does not exist. */
  refused?: (mail: Row, cause: string) => Promise<void>
}

/**
 * Sends the mails of an outbox table: they are written in the commit that causes them, and deleted
 * when the server has accepted them. A crash in between may send one twice, with the same
 * Message-ID, but loses none.
 */
export function sendWaitingMails<Row extends OutboxRow & { kind: string }>(
  { store, clock, log, every }: Pick<Context, 'store' | 'clock' | 'log' | 'every'>,
  mails: OutboxTable,
  { mailer, write, refused }: OutboxOptions<Row>,
): void {
  let inFlight = 0
  const isSame = ({ id, attempts }: OutboxRow) =>
    and(eq(mails.id, id), eq(mails.attempts, attempts))

  /** Takes the next mail that is due; for two minutes no other process does. */
  async function claim(isFirst: boolean): Promise<Row | undefined> {
    const now_ms = clock()
    const isDue = and(lte(mails.due, now_ms), isFirst ? eq(mails.attempts, 0) : undefined)
    const [next] = (await store.db
      .select()
      .from(mails)
      .where(isDue)
      .orderBy(asc(mails.due))
      .limit(1)) as Row[]
    if (!next) return undefined
    const [claimed] = (await store.db
      .update(mails)
      .set({ attempts: next.attempts + 1, due: now_ms + lease_ms })
      .where(and(isSame(next), lte(mails.due, now_ms)))
      .returning()) as Row[]
    return claimed ?? claim(isFirst)
  }

  async function send(mail: Row): Promise<void> {
    const message = await write(mail)
    if (message && 'due' in message) return postpone(mail, message)
    if (message) await mailer.send({ id: mail.id, ...message })
    await store.db.delete(mails).where(isSame(mail))
  }

  // Does not count as an attempt.
  async function postpone(mail: Row, { due }: Later): Promise<void> {
    await store.db
      .update(mails)
      .set({ due, attempts: mail.attempts - 1 })
      .where(isSame(mail))
  }

  async function keepForLater(mail: Row, error: unknown): Promise<void> {
    const about = { mail: mail.id, kind: mail.kind, attempts: mail.attempts }
    const cause = error instanceof MailError ? error.message : 'unknown'
    const isPermanent = error instanceof MailError && error.isPermanent
    if (isPermanent || mail.attempts >= attemptsMax) {
      log.error('mail given up', { ...about, cause })
      if (isPermanent && error.isNoAddress) await refused?.(mail, cause)
      await store.db.delete(mails).where(isSame(mail))
      return
    }
    log.warn('mail is tried again', { ...about, cause })
    const wait_ms = Math.min(retryAfter_ms * 2 ** (mail.attempts - 1), retryAfterMax_ms)
    await store.db
      .update(mails)
      .set({ due: clock() + wait_ms })
      .where(isSame(mail))
  }

  /**
   * @returns how many it dealt with
   * @throws MailError when the server is unavailable; the mail is retried later
   */
  async function deliver(isFirst: boolean): Promise<number> {
    for (let done = 0; done < atOnceMax; done++) {
      const mail = await claim(isFirst)
      if (!mail) return done
      inFlight++
      try {
        await send(mail)
      } catch (error) {
        await keepForLater(mail, error)
        if (!(error instanceof MailError) || error.isAway) throw error
      } finally {
        inFlight--
      }
    }
    return atOnceMax
  }

  for (let lane = 0; lane < lanes; lane++) {
    // A further worker runs only while those before it are busy, and the last one takes first
    // attempts only, so mails that keep failing never occupy all of them.
    const isFirst = lane === lanes - 1
    every(deliverEvery_s, 'send mails', async () => {
      const done = inFlight >= lane ? await deliver(isFirst) : 0
      // A worker without mails does not prove that the server is available while others are
      // sending.
      return done > 0 || (lane === 0 && inFlight === 0)
    })
  }
}
