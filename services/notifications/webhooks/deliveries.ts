import { and, desc, eq, gt, isNotNull, isNull, lt, not, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Created } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { readInstant, toInstant } from '../../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import { conflict, invalid, notFound } from '../../../shared/problem.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { WebhookDelivery } from '../../../shared/schemas/webhook.ts'
import { violation } from '@campus/store/error.ts'
import type { NotificationsTables } from '../tables.ts'
import type { Courier } from './courier.ts'
import type { JournalReader } from '../journal/reader.ts'
import type { Leases } from './lease.ts'
import { toMessageId } from './message.ts'
import { toRow, type Settling } from './settle.ts'
import type { DeliveryRow } from './tables.ts'
import type { Webhooks } from './webhooks.ts'
import { day_ms } from '../../../shared/duration.ts'

// The response to a test must precede the gateway's deadline.
const testTimeout_ms = 8000
const keepFor_ms = 30 * day_ms

export type DeliveryState = WebhookDelivery['state']

interface DeliveriesOptions {
  courier: Courier
  events: JournalReader
  forgetOldest: Settling['forgetOldest']
  leases: Leases
  webhooks: Webhooks
}

/** Past and pending deliveries, for administrators to inspect, test and replay. */
export function createDeliveries(
  { store, clock, id: newId, stopping }: Pick<Context, 'store' | 'clock' | 'id' | 'stopping'>,
  { journal, webhooks: table, webhook_deliveries: deliveries }: NotificationsTables,
  { courier, events, forgetOldest, leases, webhooks }: DeliveriesOptions,
) {
  const testing = new Set<string>()
  const isTaken = sql`${deliveries.status} BETWEEN 200 AND 299`
  const states: Record<DeliveryState, SQL | undefined> = {
    pending: isNotNull(deliveries.next_try),
    delivered: and(isNull(deliveries.next_try), isTaken),
    failed: and(
      isNull(deliveries.next_try),
      sql`(${not(isTaken)} OR ${deliveries.status} IS NULL)`,
    ),
  }

  /** Newest first. @throws 404 */
  async function list(
    webhookId: string,
    query: PageQuery & { state?: DeliveryState | undefined },
  ): Promise<Page<WebhookDelivery>> {
    await webhooks.find(webhookId)
    const before = readCursor(query, isId)
    const rows = await store.db
      .select()
      .from(deliveries)
      .where(
        and(
          eq(deliveries.webhook_id, webhookId),
          before ? lt(deliveries.id, before) : undefined,
          query.state && states[query.state],
        ),
      )
      .orderBy(desc(deliveries.id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, ({ id }) => id)
    return { ...page, items: page.items.map(toDelivery) }
  }

  async function find(webhookId: string, id: string): Promise<DeliveryRow> {
    const isOne = and(eq(deliveries.webhook_id, webhookId), eq(deliveries.id, id))
    const [row] = await store.db.select().from(deliveries).where(isOne)
    if (!row) throw notFound('webhook_delivery', id)
    return row
  }

  /**
   * Sends a `webhook.test` immediately, whatever the webhook's state; exactly one attempt.
   * @throws 404, or 409 while another one is in progress
   */
  async function test(webhookId: string): Promise<Created<WebhookDelivery>> {
    const webhook = await webhooks.find(webhookId)
    if (testing.has(webhookId)) {
      throw conflict('test_under_way', 'A test of it is in progress. Wait for its end.')
    }
    testing.add(webhookId)
    try {
      const row = { ...newTest(webhookId), data: null }
      const send = await courier.createSend({ webhook, signal: stopping })
      const result = await send(row, testTimeout_ms)
      const now = clock()
      const tried = { ...toRow({ row, result }, now), next_try: null, settled: now }
      await keep(tried)
      return { value: toDelivery(tried), replayed: false }
    } finally {
      testing.delete(webhookId)
    }
  }

  async function keep(tried: DeliveryRow): Promise<void> {
    try {
      await store.db.insert(deliveries).values(tried)
    } catch (error) {
      if (violation(error) === 'foreign_key') throw notFound('webhook', tried.webhook_id)
      throw error
    }
    await forgetOldest({ id: tried.webhook_id })
  }

  function newTest(webhook_id: string): DeliveryRow {
    const id = newId()
    const happened = clock()
    return {
      id,
      webhook_id,
      position: null,
      message: toMessageId({ source: 'webhook tests', source_event: id, happened }),
      type: 'webhook.test',
      subject: webhook_id,
      happened,
      attempts: 0,
      first_try: null,
      last_try: null,
      next_try: happened,
      settled: null,
      status: null,
      fault: null,
      duration: null,
      response: null,
    }
  }

  /** Sends it again, once the webhook is enabled. @throws 404, or 409 without its event */
  async function replay(webhookId: string, id: string): Promise<WebhookDelivery> {
    const { position, subject } = await find(webhookId, id)
    const now = clock()
    // Earlier events of its subject are tried at once too, as it would wait for them.
    const isSame = and(eq(deliveries.webhook_id, webhookId), eq(deliveries.subject, subject))
    const others = store.db
      .update(deliveries)
      .set({ next_try: now })
      .where(and(isSame, gt(deliveries.next_try, now)))
      .getSQL()
    const isEvent = eq(journal.position, position ?? 0)
    const isKept = sql`EXISTS (SELECT 1 FROM ${journal} WHERE ${isEvent})`
    const one = store.db
      .update(deliveries)
      .set({ next_try: now, settled: null, attempts: 0, first_try: null })
      .where(and(eq(deliveries.id, id), position === null ? undefined : isKept))
      .getSQL()
    if (await store.atomically([leases.lock(webhookId), others, one])) {
      return toDelivery(await find(webhookId, id))
    }
    throw conflict('event_no_longer_kept', 'The event is so old that it is no longer kept.')
  }

  /**
   * Reads the journal again from a time: everything since is sent, in order.
   * @throws 404, or 422 for an invalid time
   */
  async function replaySince(webhookId: string, since: string, caller: Caller) {
    const since_ms = readInstant(since)
    if (since_ms === undefined) {
      throw invalid([{ pointer: '#/since', detail: 'must be a moment that exists' }])
    }
    const { transaction, position } = await events.findBefore(since_ms, caller.id)
    const webhook = await webhooks.find(webhookId)
    const { read_transaction, read_position } = webhook
    const isBack =
      transaction < read_transaction ||
      (transaction === read_transaction && position < read_position)
    if (isBack) {
      await store.db
        .update(table)
        .set({ read_transaction: transaction, read_position: position })
        .where(eq(table.id, webhookId))
    }
    return webhooks.get(webhookId)
  }

  return {
    find: async (webhookId: string, id: string) => toDelivery(await find(webhookId, id)),
    list,
    replay,
    replaySince,
    test,
    prunable: {
      name: 'webhook deliveries',
      table: deliveries,
      key: deliveries.id,
      since: deliveries.settled,
      keepFor_ms,
    },
  }
}

export type Deliveries = ReturnType<typeof createDeliveries>

function toDelivery(row: DeliveryRow): WebhookDelivery {
  const { id, message, type, subject, happened, attempts, status, fault, response } = row
  const isTaken = status !== null && status >= 200 && status < 300
  const state = row.next_try !== null ? 'pending' : isTaken ? 'delivered' : 'failed'
  return {
    id,
    message,
    type,
    subject,
    happened: toInstant(happened) ?? '',
    state,
    attempts,
    last_try: row.last_try === null ? null : toInstant(row.last_try),
    next_try: row.next_try === null ? null : toInstant(row.next_try),
    status,
    fault,
    duration_ms: row.duration,
    response,
  }
}
