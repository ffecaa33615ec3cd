import { and, asc, count, eq, inArray, isNotNull, sql, type SQL } from 'drizzle-orm'
import type { Created, Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, invalid, notFound } from '../../../shared/problem.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type {
  CreatedWebhook,
  NewWebhook,
  Webhook,
  WebhookChange,
  WebhookSecret,
} from '../../../shared/schemas/webhook.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../../shared/version.ts'
import { toActor, type Asker } from '../../../shared/origin.ts'
import type { NotificationsTables } from '../tables.ts'
import type { AddressGuard } from './address-guard.ts'
import type { JournalReader } from '../journal/reader.ts'
import type { Leases } from './lease.ts'
import type { WebhookSecrets } from './secrets.ts'
import type { WebhookRow } from './tables.ts'

// Each has up to four requests in flight, so this bounds the total.
const webhooksMax = 50

interface WebhooksOptions {
  events: JournalReader
  guard: AddressGuard
  leases: Leases
  secrets: WebhookSecrets
}

/** A change of one webhook, and its author. */
export interface WebhookChanging<Body> extends Change<Body> {
  id: string
  asker: Asker
}

/** Webhooks, managed by administrators. */
export function createWebhooks(
  { store, clock, id: newId, security }: Pick<Context, 'store' | 'clock' | 'id' | 'security'>,
  { webhooks, webhook_deliveries: deliveries }: NotificationsTables,
  { events, guard, leases, secrets }: WebhooksOptions,
) {
  function requireUrl(url: string): void {
    const fault = guard.findFault(url)
    if (fault) throw invalid([{ pointer: '#/url', detail: fault }])
  }

  /** @throws 409 at the limit, 422 for a URL that is not allowed */
  async function create(body: NewWebhook, asker: Asker): Promise<Created<CreatedWebhook>> {
    requireUrl(body.url)
    const now = clock()
    const { transaction, position } = await events.readLast()
    const row: WebhookRow = {
      id: newId(),
      url: body.url,
      description: body.description ?? '',
      events: toPatterns(body.events),
      state: 'enabled',
      reason: null,
      created_by: isId(asker.caller.id) ? asker.caller.id : null,
      created: now,
      version: 1,
      // Earlier events are not sent, unless by a replay.
      read_transaction: transaction,
      read_position: position,
      failures: 0,
      failing_since: null,
      next_try: now,
      lease: null,
      leased_until: null,
    }
    const { shown, insert } = await secrets.make(row.id)
    const isRoom = sql`(SELECT count(*) FROM ${webhooks}) <= ${webhooksMax}`
    const statements = [
      sql`SELECT id FROM ${webhooks} ${store.rowLock}`,
      store.db.insert(webhooks).values(row).getSQL(),
      insert,
      touch(row.id, isRoom),
    ]
    if (!(await store.atomically(statements))) {
      throw conflict('too_many_webhooks', `There are ${webhooksMax} already. Remove one first.`)
    }
    security('webhook_created', { ...toActor(asker), webhook: row.id })
    const { secret, ...first } = shown
    return { value: { ...toWebhook(row, 0, [first]), secret }, replayed: false }
  }

  const touch = (id: string, where: SQL): SQL =>
    store.db
      .update(webhooks)
      .set({ version: sql`${webhooks.version}` })
      .where(and(eq(webhooks.id, id), where))
      .getSQL()

  /** @throws 404 */
  async function find(id: string): Promise<WebhookRow> {
    const [row] = await store.db.select().from(webhooks).where(eq(webhooks.id, id))
    if (!row) throw notFound('webhook', id)
    return row
  }

  async function show(rows: WebhookRow[]): Promise<Webhook[]> {
    const ids = rows.map(({ id }) => id)
    const [secretsOf, pending] = await Promise.all([secrets.list(ids), countPending(ids)])
    return rows.map((row) => toWebhook(row, pending.get(row.id) ?? 0, secretsOf.get(row.id) ?? []))
  }

  async function countPending(ids: string[]): Promise<Map<string, number>> {
    const isPending = and(inArray(deliveries.webhook_id, ids), isNotNull(deliveries.next_try))
    const rows = await store.db
      .select({ id: deliveries.webhook_id, number: count() })
      .from(deliveries)
      .where(isPending)
      .groupBy(deliveries.webhook_id)
    return new Map(rows.map(({ id, number }) => [id, Number(number)]))
  }

  async function toVersioned(row: WebhookRow): Promise<Versioned<Webhook>> {
    const [value] = await show([row])
    if (!value) throw notFound('webhook', row.id)
    return { value, version: row.version }
  }

  /** @throws 404, 412, 422 */
  async function change(changing: WebhookChanging<WebhookChange>): Promise<Versioned<Webhook>> {
    const { id, body, ifMatch, asker } = changing
    const { url, events: patterns, description, state } = body
    if (url !== undefined) requireUrl(url)
    const changed = await retryOnConflict(async () => {
      const before = await find(id)
      requireMatch(before.version, ifMatch)
      const isElsewhere = url !== undefined && url !== before.url
      const isBack = state === 'enabled' && before.state !== 'enabled'
      // Earlier failures say nothing about the new receiver.
      const isFresh = isBack || isElsewhere
      const isOther = isElsewhere || patterns !== undefined || state !== undefined
      const values = {
        ...(url !== undefined && { url }),
        ...(description !== undefined && { description }),
        ...(patterns && { events: toPatterns(patterns) }),
        ...(state && { state, reason: null }),
        ...(isFresh && { failures: 0, failing_since: null, next_try: clock() }),
        // Requests in flight end, and are sent again with the new settings.
        ...(isOther && { lease: null }),
        version: before.version + 1,
      }
      const update = store.db
        .update(webhooks)
        .set(values)
        .where(and(eq(webhooks.id, id), eq(webhooks.version, before.version)))
      const begins = isFresh ? [begin(id)] : []
      if (!(await store.atomically([leases.lock(id), ...begins, update.getSQL()]))) return undefined
      if (isOther) leases.cutOff(id)
      return true
    })
    const fields = Object.keys(body)
    if (changed) security('webhook_changed', { ...toActor(asker), webhook: id, fields })
    return toVersioned(await find(id))
  }

  // Pending events get a full day of retries.
  const begin = (id: string): SQL =>
    store.db
      .update(deliveries)
      .set({ next_try: clock(), attempts: 0, first_try: null })
      .where(and(eq(deliveries.webhook_id, id), isNotNull(deliveries.next_try)))
      .getSQL()

  /** @throws 404, 412 */
  async function remove({ id, ifMatch, asker }: WebhookChanging<unknown>): Promise<void> {
    await retryOnConflict(async () => {
      const { version } = await find(id)
      requireMatch(version, ifMatch)
      const removed = await store.db
        .delete(webhooks)
        .where(and(eq(webhooks.id, id), eq(webhooks.version, version)))
        .returning({ id: webhooks.id })
      return removed.length > 0 || undefined
    })
    leases.cutOff(id)
    security('webhook_removed', { ...toActor(asker), webhook: id })
  }

  /** Their webhooks continue; the author is forgotten. */
  async function forget(userIds: string[]): Promise<void> {
    await store.db
      .update(webhooks)
      .set({ created_by: null })
      .where(inArray(webhooks.created_by, userIds))
  }

  return {
    create,
    change,
    find,
    forget,
    get: async (id: string) => toVersioned(await find(id)),
    list: async () => show(await store.db.select().from(webhooks).orderBy(asc(webhooks.id))),
    remove,
  }
}

export type Webhooks = ReturnType<typeof createWebhooks>

const toPatterns = (events: readonly string[]) => [...new Set(events)].join(' ')

function toWebhook(row: WebhookRow, pending: number, secrets: WebhookSecret[]): Webhook {
  const { id, url, description, events, state, reason, created, created_by, failing_since } = row
  return {
    id,
    url,
    description,
    events: events.split(' '),
    state: state as Webhook['state'],
    reason: reason as Webhook['reason'],
    failing_since: failing_since === null ? null : toInstant(failing_since),
    pending,
    secrets,
    created: toInstant(created) ?? '',
    created_by,
  }
}
