import { and, asc, count, eq, inArray, sql, type SQL } from 'drizzle-orm'
import type { Created } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import type { CreatedWebhookSecret, WebhookSecret } from '../../../shared/schemas/webhook.ts'
import { toActor, type Asker } from '../../../shared/origin.ts'
import { createSealedTexts } from '../../../shared/sealed-text.ts'
import type { NotificationsTables } from '../tables.ts'
import type { Leases } from './lease.ts'
import { createSigningSecret } from './sign.ts'

// One in use, a new one, and some that receivers still use.
const secretsMax = 5

/** Signing secrets: stored sealed, shown once, several at a time during rotation. */
export function createWebhookSecrets(
  context: Pick<Context, 'store' | 'clock' | 'id' | 'log' | 'secret' | 'security'>,
  { webhooks, webhook_secrets: secrets }: NotificationsTables,
  { leases }: { leases: Leases },
) {
  const { store, clock, id: newId, log, secret, security } = context
  const sealed = createSealedTexts(secret, 'webhook secrets')
  const touch = (id: string, where: SQL, values: { lease?: null } = {}) =>
    store.db
      .update(webhooks)
      .set({ version: sql`${webhooks.version} + 1`, ...values })
      .where(and(eq(webhooks.id, id), where))
      .getSQL()

  /** A new secret, and the statement that stores it. */
  async function make(webhook_id: string) {
    const text = createSigningSecret()
    const row = {
      id: newId(),
      webhook_id,
      sealed_secret: await sealed.seal(text),
      created: clock(),
    }
    const insert = store.db.insert(secrets).values(row).getSQL()
    return { shown: { ...toSecret(row), secret: text }, insert }
  }

  /** @throws 404, or 409 at the limit */
  async function add(webhookId: string, asker: Asker): Promise<Created<CreatedWebhookSecret>> {
    const { shown, insert } = await make(webhookId)
    const number = store.db
      .select({ number: count() })
      .from(secrets)
      .where(eq(secrets.webhook_id, webhookId))
    const isRoom = sql`(${number}) <= ${secretsMax}`
    await requireWebhook(webhookId)
    if (!(await store.atomically([leases.lock(webhookId), insert, touch(webhookId, isRoom)]))) {
      throw conflict('too_many_secrets', `There are ${secretsMax} already. Remove one first.`)
    }
    const made = { webhook: webhookId, secret: shown.id }
    security('webhook_secret_created', { ...toActor(asker), ...made })
    return { value: shown, replayed: false }
  }

  /** @throws 404, or 409 for the last one */
  async function remove(webhookId: string, id: string, asker: Asker): Promise<void> {
    const isOne = and(eq(secrets.webhook_id, webhookId), eq(secrets.id, id))
    const [found] = await store.db.select().from(secrets).where(isOne)
    if (!found) throw notFound('webhook_secret', id)
    const others = sql`EXISTS (SELECT 1 FROM ${secrets}
      WHERE ${eq(secrets.webhook_id, webhookId)})`
    const deletion = store.db.delete(secrets).where(isOne).getSQL()
    // Requests in flight end, and are sent again with the current secrets.
    const end = touch(webhookId, others, { lease: null })
    if (!(await store.atomically([leases.lock(webhookId), deletion, end]))) {
      throw conflict('last_secret', 'Nothing is sent unsigned. Add another secret first.')
    }
    leases.cutOff(webhookId)
    security('webhook_secret_removed', { ...toActor(asker), webhook: webhookId, secret: id })
  }

  async function requireWebhook(id: string): Promise<void> {
    const [found] = await store.db
      .select({ id: webhooks.id })
      .from(webhooks)
      .where(eq(webhooks.id, id))
    if (!found) throw notFound('webhook', id)
  }

  const rowsOf = (ids: readonly string[]) =>
    store.db
      .select()
      .from(secrets)
      .where(inArray(secrets.webhook_id, [...ids]))
      .orderBy(asc(secrets.id))

  /** Their visible parts, by webhook. */
  async function list(ids: readonly string[]): Promise<Map<string, WebhookSecret[]>> {
    const byWebhook = Map.groupBy(await rowsOf(ids), ({ webhook_id }) => webhook_id)
    return new Map([...byWebhook].map(([id, rows]) => [id, rows.map(toSecret)]))
  }

  /** Newest first, those that can be opened. @throws Error if none can */
  async function open(webhookId: string): Promise<string[]> {
    const rows = await rowsOf([webhookId])
    const opening = rows.toReversed().map(async (row) => sealed.open(row.sealed_secret))
    const opened = await Promise.allSettled(opening)
    const texts = opened.flatMap((it) => (it.status === 'fulfilled' ? [it.value.text] : []))
    if (texts.length === 0) throw new Error('None of its secrets was sealed by a SECRET of ours.')
    return texts
  }

  /** Seals secrets again under the current secret of the system. */
  async function renewSeals(): Promise<void> {
    for (const { id, webhook_id, sealed_secret } of await store.db.select().from(secrets)) {
      const opened = await sealed.open(sealed_secret).catch(() => undefined)
      if (!opened) log.error('webhook secret not opened', { webhook: webhook_id, secret: id })
      if (!opened || opened.isCurrent) continue
      const next = { sealed_secret: await sealed.seal(opened.text) }
      await store.db.update(secrets).set(next).where(eq(secrets.id, id))
    }
  }

  return { add, list, make, open, remove, renewSeals }
}

export type WebhookSecrets = ReturnType<typeof createWebhookSecrets>

function toSecret({ id, created }: { id: string; created: number }): WebhookSecret {
  return { id, created: toInstant(created) ?? '' }
}
