import { and, count, eq, exists, gt, isNotNull, lte, or, sql, type Column } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { describeError } from '../../../shared/describe-error.ts'
import type { NotificationsTables } from '../tables.ts'
import type { JournalReader } from '../journal/reader.ts'
import { isLater, waitMax_ms } from './backoff.ts'
import type { Leases } from './lease.ts'
import { toBody, toTestData } from './message.ts'
import { pendingMax, readAtOnce, type Pending, type PendingReader } from './pending.ts'
import { sendRound } from './round.ts'
import type { WebhookSecrets } from './secrets.ts'
import type { Send, SendResult } from './send.ts'
import type { Settling } from './settle.ts'
import { signMessage } from './sign.ts'
import type { WebhookRow } from './tables.ts'

// The minimum that Standard Webhooks recommends: receivers should only store what they get.
const requestTimeout_ms = 15_000
// After an error of ours, such as an unavailable database.
const restAfterError_ms = 10_000

interface CourierOptions {
  events: JournalReader
  leases: Leases
  pending: PendingReader
  secrets: WebhookSecrets
  send: Send
  settle: Settling['settle']
}

interface Sending {
  webhook: WebhookRow
  signal: AbortSignal
}

/** Delivers events to webhooks, each independent of the others. */
export function createCourier(
  { store, clock, log, stopping }: Pick<Context, 'store' | 'clock' | 'log' | 'stopping'>,
  { journal, webhooks, webhook_deliveries: deliveries }: NotificationsTables,
  { events, leases, pending, secrets, send, settle }: CourierOptions,
) {
  const running = new Map<string, Promise<void>>()
  const resting = new Map<string, number>()

  // As `isLater`.
  const isTime = (next: Column) => or(lte(next, clock()), gt(next, clock() + waitMax_ms))

  /** Webhooks with something due that no process is sending for. */
  async function findDue(): Promise<string[]> {
    const isOf = eq(deliveries.webhook_id, webhooks.id)
    const from = store.db.select({ one: sql`1` }).from(deliveries)
    const waiting = store.db
      .select({ number: count() })
      .from(deliveries)
      .where(and(isOf, isNotNull(deliveries.next_try)))
    const { read_transaction, read_position } = webhooks
    const isNew = events.isAfter(sql`${read_transaction}`, sql`${read_position}`)
    const unread = store.db
      .select({ one: sql`1` })
      .from(journal)
      .where(isNew)
    const isDue = or(
      exists(from.where(and(isOf, isTime(deliveries.next_try)))),
      and(sql`(${waiting}) <= ${pendingMax - readAtOnce}`, exists(unread)),
    )
    const isReady = and(eq(webhooks.state, 'enabled'), isTime(webhooks.next_try))
    const rows = await store.db
      .select({ id: webhooks.id })
      .from(webhooks)
      .where(and(isReady, leases.isFree, isDue))
    return rows.map(({ id }) => id)
  }

  /** Starts sending where something is due, without waiting for it. */
  async function start(): Promise<void> {
    if (stopping.aborted) return
    for (const id of await findDue()) {
      if (running.has(id) || (resting.get(id) ?? 0) > performance.now()) continue
      running.set(
        id,
        run(id)
          .catch((error: unknown) => rest(id, error))
          .finally(() => running.delete(id)),
      )
    }
  }

  function rest(id: string, error: unknown): void {
    // Databases are closed at shutdown.
    if (stopping.aborted) return
    resting.set(id, performance.now() + restAfterError_ms)
    log.error('webhook not served', { webhook: id, ...describeError(error) })
  }

  async function run(id: string): Promise<void> {
    const claimed_ms = performance.now()
    const lease = await leases.claim(id)
    if (lease === undefined) return
    const { lost, stop } = leases.keep(id, lease, claimed_ms)
    const signal = AbortSignal.any([lost, stopping])
    try {
      while (!signal.aborted && (await runRound(id, lease, signal)));
    } catch (error) {
      // It was changed or removed meanwhile, or the database is unavailable, which the release
      // reports.
      if (!lost.aborted) throw error
    } finally {
      stop()
      await leases.release(id, lease)
    }
  }

  /** @returns whether to continue at once */
  async function runRound(id: string, lease: string, signal: AbortSignal): Promise<boolean> {
    const [webhook] = await store.db.select().from(webhooks).where(leases.isHeld(id, lease))
    const now = clock()
    if (!webhook || isLater(webhook.next_try, now)) return false
    const before = await pending.read(id)
    const isRead = await pending.fill(webhook, lease, before)
    const waiting = isRead ? await pending.read(id) : before
    const toSend = await createSend({ webhook, signal })
    const round = await sendRound({ webhook, pending: waiting, now_ms: now, signal, send: toSend })
    if (round.tries.length === 0) return isRead
    return settle(webhook, lease, round)
  }

  /** Prepares to send for a webhook in its current form. */
  async function createSend({ webhook, signal }: Sending) {
    const texts = await secrets.open(webhook.id)
    return async (row: Pending, timeout_ms = requestTimeout_ms): Promise<SendResult> => {
      const body = toBody(row, row.data ?? toTestData(row))
      const headers = signMessage({ id: row.message, body }, texts, clock())
      return send({ url: webhook.url, headers, body, timeout_ms, signal })
    }
  }

  return { createSend, start }
}

export type Courier = ReturnType<typeof createCourier>
