import { and, asc, eq, getTableColumns, isNotNull, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { JournalRow } from '../journal/tables.ts'
import type { NotificationsTables } from '../tables.ts'
import { wants } from './event-filter.ts'
import { toPlace, type JournalReader } from '../journal/reader.ts'
import type { Leases } from './lease.ts'
import { toMessageId } from './message.ts'
import type { DeliveryRow, WebhookRow } from './tables.ts'

// All are held in memory. A webhook with that many is not read any further.
export const pendingMax = 500
/** How many events are read at once. */
export const readAtOnce = 100

/** A pending delivery with its event; null if the journal no longer has it. */
export type Pending = DeliveryRow & { data: string | null }

/** Pending deliveries, and how journal events become pending. */
export function createPending(
  { store, clock, id: newId }: Pick<Context, 'store' | 'clock' | 'id'>,
  { journal, webhooks, webhook_deliveries: deliveries }: NotificationsTables,
  { events, leases }: { events: JournalReader; leases: Leases },
) {
  // In journal order, however late a row became pending; first those no longer in it.
  const order = [asc(isNotNull(journal.position)), ...events.order.map((column) => asc(column))]

  async function read(webhookId: string): Promise<Pending[]> {
    return store.db
      .select({ ...getTableColumns(deliveries), data: journal.data })
      .from(deliveries)
      .leftJoin(journal, eq(journal.position, deliveries.position))
      .where(and(eq(deliveries.webhook_id, webhookId), isNotNull(deliveries.next_try)))
      .orderBy(...order, asc(deliveries.id))
      .limit(pendingMax)
  }

  /**
   * Reads on in the journal while there is room. Position and events are one commit.
   * @returns whether anything was read
   */
  async function fill(webhook: WebhookRow, lease: string, pending: Pending[]): Promise<boolean> {
    if (pending.length > pendingMax - readAtOnce) return false
    const { read_transaction: transaction, read_position: position } = webhook
    const rows = await events.readAfter(toPlace({ transaction, position }), readAtOnce)
    const last = rows.at(-1)
    if (!last) return false
    const patterns = webhook.events.split(' ')
    const wanted = rows.filter(({ type }) => wants(patterns, type))
    const place = toPlace(last)
    // Unless a replay from an earlier position was requested meanwhile.
    const isThere = and(
      eq(webhooks.read_transaction, transaction),
      eq(webhooks.read_position, position),
    )
    const move = store.db
      .update(webhooks)
      .set({ read_transaction: place.transaction, read_position: place.position })
      .where(and(leases.isHeld(webhook.id, lease), isThere))
    const insertion = wanted.length > 0 ? [insert(webhook.id, wanted, pending)] : []
    return store.atomically([leases.lock(webhook.id), ...insertion, move.getSQL()])
  }

  // An event waits for earlier ones of its subject that are to be retried.
  function insert(webhook_id: string, rows: JournalRow[], pending: Pending[]): SQL {
    const now = clock()
    const waits = new Map(pending.toReversed().map((it) => [it.subject, it.next_try ?? now]))
    const none = { attempts: 0, first_try: null, last_try: null, settled: null }
    const result = { status: null, fault: null, duration: null, response: null }
    const values = rows.map((row) => ({
      id: newId(),
      webhook_id,
      position: row.position,
      message: toMessageId(row),
      type: row.type,
      subject: row.subject,
      happened: row.happened,
      next_try: Math.max(now, waits.get(row.subject) ?? now),
      ...none,
      ...result,
    }))
    // Already there: it is sent again because of a replay.
    return store.db
      .insert(deliveries)
      .values(values)
      .onConflictDoUpdate({
        target: [deliveries.webhook_id, deliveries.position],
        set: { ...none, ...result, next_try: sql.raw(`excluded.${deliveries.next_try.name}`) },
      })
      .getSQL()
  }

  return { fill, read }
}

export type PendingReader = ReturnType<typeof createPending>
